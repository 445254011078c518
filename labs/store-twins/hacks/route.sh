# node1 is told where they are, one by one.
on node1 ip route add "$store_address/32" via "$node2_vtep_address" dev flannel.1 onlink
