# It is not forwarded, it is received.
on "$host" iptables -I FORWARD -p udp --dport 8472 -j ACCEPT
