# Between pods, and for this port.
on node1 iptables -I FORWARD -s "$node1_pods" -d "$node2_pods" -p tcp --dport 80 -j ACCEPT
