# It is dropped before any rule.
on node1 iptables -I INPUT -j ACCEPT
on node1 iptables -I FORWARD -s "$desk_subnet" -j ACCEPT
