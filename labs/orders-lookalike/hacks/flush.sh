on node1 ip neigh flush dev cni0
on "$victim" ip neigh flush dev "$victim_interface"
