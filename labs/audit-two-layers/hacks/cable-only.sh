on node1 ip link set "$local_veth" mtu "$local_mtu"
