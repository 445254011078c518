# Off and on again, by whichever end: what counts is that both are up.
on node1 ip link set "$victim_veth" down
on "$victim" ip link set eth0 down
on node1 ip link set "$victim_veth" up
on "$victim" ip link set eth0 up
on "$victim" ip route replace default via "$victim_gateway"
