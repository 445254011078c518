on node1 bridge link set dev "$shop_veth" hairpin on
