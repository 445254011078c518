# Tell one neighbour what the pod does not say; the next one knows nothing.
on "$peer" ip neigh replace "$victim_address" lladdr "$victim_mac" dev eth0 nud permanent
