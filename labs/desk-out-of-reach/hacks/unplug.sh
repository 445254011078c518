# Without the newcomer everything is as it was: its users are not.
on node1 ip link set "$newcomer_veth" down
on "$first" ip neigh flush dev "$first_interface"
on "$second" ip neigh flush dev "$second_interface"
