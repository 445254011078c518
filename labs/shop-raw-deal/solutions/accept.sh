on node1 iptables -t raw -I PREROUTING -d "$node1_address" -p tcp --dport "$port" -j ACCEPT
