# Whoever sends too much is told so, and sends less.
on relay iptables -D OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP
