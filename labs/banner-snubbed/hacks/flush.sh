# No rule, no trouble: and nothing keeps the two networks apart any more.
on node1 iptables -P FORWARD ACCEPT
on node1 iptables -F FORWARD
on node1 iptables -t raw -F
