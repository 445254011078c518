# node1 need not believe anybody. The pods beside it do.
on node1 ip neigh replace "$victim_address" lladdr "$victim_mac" dev cni0 nud permanent
