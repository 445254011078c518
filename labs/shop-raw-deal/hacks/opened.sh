# Everything of that table that drops: Docker's rules too.
on node1 iptables -t raw -F
