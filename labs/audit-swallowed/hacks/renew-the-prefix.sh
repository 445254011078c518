# The route to the whole prefix was never the trouble.
on node1 ip route replace "$node2_pods" via "$node2_vtep_address" dev flannel.1 onlink
