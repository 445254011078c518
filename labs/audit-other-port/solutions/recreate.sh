# The port of a VXLAN device is chosen when it is made.
on "$here" sh -ec "ip link del flannel.1
ip link add flannel.1 address $here_vtep_mac mtu 1450 type vxlan id 1 local $here_address dstport 8472 nolearning
ip address add $here_vtep_address/32 dev flannel.1
ip link set flannel.1 up
ip route add $there_pods via $there_vtep_address dev flannel.1 onlink
ip neigh replace $there_vtep_address lladdr $there_vtep_mac dev flannel.1 nud permanent
bridge fdb append $there_vtep_mac dev flannel.1 dst $there_address self permanent"
