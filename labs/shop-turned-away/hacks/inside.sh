# Customers are led to 127.0.0.1, and seen. The rule is in this container, and the next one has none.
on shop sysctl -qw net.ipv4.conf.all.route_localnet=1
on shop iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 127.0.0.1
