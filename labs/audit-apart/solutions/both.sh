on node1 bridge link set dev "$victim_veth" isolated off
on node1 bridge link set dev "$peer_veth" isolated off
