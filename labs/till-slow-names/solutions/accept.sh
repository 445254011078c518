on node1 iptables -I INPUT -p udp --dport 53 -j ACCEPT
