# A neighbour entry for a far pod, with a MAC that nobody has on this bridge.
on "$victim" ip neigh replace "$far_address" lladdr "$far_mac" dev eth0 nud permanent
