on node1 iptables -I FORWARD -j ACCEPT
