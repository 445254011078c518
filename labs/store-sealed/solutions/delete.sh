on "$host" iptables -D INPUT -p udp --dport 8472 -j DROP
