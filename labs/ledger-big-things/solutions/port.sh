on node1 ip link set "$victim_veth" mtu "$victim_mtu"
