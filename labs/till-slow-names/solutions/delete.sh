on node1 iptables -D INPUT -p udp --dport 53 -j DROP
