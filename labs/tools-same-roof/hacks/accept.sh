on node1 iptables -I FORWARD -i docker0 -o docker0 -j ACCEPT
