# A better route in the main table, which is not asked.
on node1 ip route add "$far_address/32" via "$node2_vtep_address" dev flannel.1 onlink
