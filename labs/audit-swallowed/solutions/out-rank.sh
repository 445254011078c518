# The same prefix with the tunnel as its way, preferred to the blackhole.
on node1 ip route replace "$victim_address/32" via "$node2_vtep_address" dev flannel.1 onlink
