on node1 bridge link set dev "$victim_veth" state 3
