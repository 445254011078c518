on router iptables -D OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP
