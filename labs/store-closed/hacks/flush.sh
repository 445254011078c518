# One rule was wrong, and all are gone.
on node1 iptables -F FORWARD
