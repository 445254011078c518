# Let the answer come back to the host: then it passes iptables as a routed packet. The shop sees the bridge for these.
on node1 iptables -t nat -I POSTROUTING -s "$node1_containers" -o docker0 -m conntrack --ctstate DNAT -j MASQUERADE
