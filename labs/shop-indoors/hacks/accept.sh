# It is not filtered, it is not there.
on node1 iptables -I INPUT -p tcp --dport "$port" -j ACCEPT
on node1 iptables -I DOCKER-USER -p tcp --dport 80 -j ACCEPT
