# In the container: whoever comes to the one port is led to the other.
on shop iptables -t nat -A PREROUTING -p tcp --dport "$inner" -j REDIRECT --to-ports 80
