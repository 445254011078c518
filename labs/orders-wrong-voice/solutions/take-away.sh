on "$peer" ip address del "$victim_address/$victim_prefix" dev "$peer_interface"
sleep 0.5
on node1 ip neigh flush dev cni0
on "$other" ip neigh flush dev "$other_interface"
