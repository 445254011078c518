# Take out what goes into the bridge.
on node1 iptables -t nat -I POSTROUTING -o docker0 -j ACCEPT
