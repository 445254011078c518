# Reach the pod by routing to its veth: the node reaches it, its neighbours on the bridge do not.
on node1 ip route replace "$victim_address/32" dev "$victim_veth"
on node1 sysctl -qw "net.ipv4.conf.$victim_veth.proxy_arp=1"
