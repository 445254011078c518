# One nobody has.
on "$victim" ip link set "$victim_interface" address 02:00:00:00:77:01
on "$peer" ip neigh flush dev "$peer_interface"
on "$other" ip neigh flush dev "$other_interface"
on node1 ip neigh flush dev cni0
