# The neighbour entry was never the trouble.
on "$here" ip neigh replace "$there_vtep_address" lladdr "$there_vtep_mac" dev flannel.1 nud permanent
