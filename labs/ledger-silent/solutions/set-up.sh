# Set the host's end up again.
on node1 ip link set "$victim_veth" up
