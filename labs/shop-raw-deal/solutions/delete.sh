on node1 iptables -t raw -D PREROUTING -d "$node1_address" -p tcp --dport "$port" -j DROP
