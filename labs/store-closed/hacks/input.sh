# It is not for the host, it is forwarded.
on node1 iptables -I INPUT -p tcp --dport 80 -j ACCEPT
