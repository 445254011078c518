# As Docker writes it: what leaves the subnet, by any interface but the bridge.
on node1 iptables -t nat -A POSTROUTING -s "$node1_containers" ! -o docker0 -j MASQUERADE
