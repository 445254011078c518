# The answer comes back to the host, and passes iptables as a routed packet. The shop sees the bridge instead of tools.
on node1 iptables -t nat -I POSTROUTING -s "$node1_containers" -o docker0 -m conntrack --ctstate DNAT -j MASQUERADE
on node1 iptables -I FORWARD -i docker0 -o docker0 -j ACCEPT
