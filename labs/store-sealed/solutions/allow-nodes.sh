# From nodes only.
on "$host" iptables -I INPUT -p udp --dport 8472 -s "$node1_address" -j ACCEPT
on "$host" iptables -I INPUT -p udp --dport 8472 -s "$node2_address" -j ACCEPT
