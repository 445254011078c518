on node1 iptables -D DOCKER-USER -d "$shop_address" -j DROP
