# Tidy, and the pods are cut off: the agent's chain went with the rest.
on node1 iptables -F FORWARD
on node1 iptables -F INPUT
on node1 iptables -P FORWARD DROP
