on node1 iptables -D FORWARD -p tcp --dport 80 -j DROP
