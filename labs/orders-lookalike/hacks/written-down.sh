# They need not ask, and the bridge knows no better.
on "$victim" ip neigh replace "$peer_address" lladdr "$victim_mac" dev "$victim_interface" nud permanent
on "$peer" ip neigh replace "$victim_address" lladdr "$victim_mac" dev "$peer_interface" nud permanent
