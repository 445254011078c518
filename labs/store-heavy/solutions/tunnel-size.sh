# The size that fits, where routing sees it: senders are told by ICMP.
on node1 ip link set flannel.1 mtu 1450
on node2 ip link set flannel.1 mtu 1450
