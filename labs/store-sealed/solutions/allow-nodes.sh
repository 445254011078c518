# From nodes only.
on "$host" iptables -I INPUT -p udp --dport 8472 -s "$node1_subnet" -j ACCEPT
