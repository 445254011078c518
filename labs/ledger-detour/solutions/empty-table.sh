# Without a match in its table the next rule is asked.
on node1 ip route flush table "$table"
