on "$here" bridge fdb append "$there_vtep_mac" dev flannel.1 dst "$there_address" self permanent
