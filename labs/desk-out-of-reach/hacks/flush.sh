# They ask again, and are told again.
on "$first" ip neigh flush dev "$first_interface"
on "$second" ip neigh flush dev "$second_interface"
