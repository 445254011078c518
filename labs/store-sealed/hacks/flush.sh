on "$host" iptables -F INPUT
on node1 iptables -F INPUT
