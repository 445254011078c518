on "$peer" ip link set "$peer_interface" address "$peer_mac"
on "$victim" ip neigh flush dev "$victim_interface"
on "$other" ip neigh flush dev "$other_interface"
on node1 ip neigh flush dev cni0
