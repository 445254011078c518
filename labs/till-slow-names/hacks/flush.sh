# One rule was wrong, and two are gone.
on node1 iptables -F INPUT
