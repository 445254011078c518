on "$newcomer" ip address del "$newcomer_gateway/$newcomer_prefix" dev "$newcomer_interface"
sleep 0.5
on "$first" ip neigh flush dev "$first_interface"
on "$second" ip neigh flush dev "$second_interface"
on "$newcomer" ip neigh flush dev "$newcomer_interface"
