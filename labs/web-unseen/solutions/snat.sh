# The same with the address written out.
on node1 iptables -t nat -A POSTROUTING -s "$node1_containers" -o eth0 -j SNAT --to-source "$node1_address"
