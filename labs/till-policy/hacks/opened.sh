# What it was before, without what others had put there.
on "$host" iptables -P FORWARD ACCEPT
on node1 iptables -D FORWARD -s "$orders_address" -d "$store_address" -p tcp --dport 80 -j DROP
