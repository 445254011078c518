# The router asks in desk's place. Its address is on the line, so nothing is dropped, and the shop does not know desk.
on router1 iptables -t nat -A POSTROUTING -s "$desk_subnet" -j MASQUERADE
