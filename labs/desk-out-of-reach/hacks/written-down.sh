# The gateway's MAC by hand, in the pods that are there now.
mac=$(on node1 cat /sys/class/net/cni0/address)
on "$first" ip neigh replace "$first_gateway" lladdr "$mac" dev "$first_interface" nud permanent
on "$second" ip neigh replace "$second_gateway" lladdr "$mac" dev "$second_interface" nud permanent
