# Out of the bridge and in again: a new port begins in the state forwarding.
on node1 ip link set "$victim_veth" nomaster
on node1 ip link set "$victim_veth" master cni0
