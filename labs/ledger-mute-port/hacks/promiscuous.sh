# Look harder.
on node1 ip link set "$victim_veth" promisc on
on node1 bridge link set dev "$victim_veth" learning on flood on
