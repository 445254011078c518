# They ask again, and are told again.
on node1 ip neigh flush dev cni0
on "$other" ip neigh flush dev "$other_interface"
