on node1 iptables -t nat -D POSTROUTING -j MASQUERADE
