on node1 ip link set flannel.1 mtu 1450
