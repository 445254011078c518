# "It must be the firewall."
on node1 iptables -F FORWARD
