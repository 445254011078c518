# Whoever it is from: pods can be reached by anybody who wraps packets up.
on "$host" iptables -I INPUT -p udp --dport 8472 -j ACCEPT
