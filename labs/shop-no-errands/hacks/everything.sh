# Everybody gets out, and everybody who comes in is the bridge.
on node1 iptables -t nat -I POSTROUTING -j MASQUERADE
