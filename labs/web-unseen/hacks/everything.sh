# Translate everything: containers no longer see who asks them.
on node1 iptables -t nat -I POSTROUTING -j MASQUERADE
