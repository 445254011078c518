on router iptables -t mangle -D PREROUTING -i "$router_lan_interface" -j TTL --ttl-set 1
