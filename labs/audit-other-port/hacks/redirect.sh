# Turn the port around on the way in, on one side.
on "$there" iptables -t nat -A PREROUTING -p udp --dport 4789 -j REDIRECT --to-ports 8472
