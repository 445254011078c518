# Containers only, and not even those: their cables and addresses stay as they are.
on node1 ip link set docker0 mtu "$mtu"
