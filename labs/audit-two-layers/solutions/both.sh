on "$here" bridge fdb append "$there_vtep_mac" dev flannel.1 dst "$there_address" self permanent
on node1 ip link set "$local_veth" mtu "$local_mtu"
