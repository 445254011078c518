# Give the peer the MAC it is believed to have: another pod loses it until it asks again, and the next peer has another.
on "$peer" ip link set eth0 address 02:de:ad:00:00:01
on "$peer" ip route replace default via "$peer_gateway"
