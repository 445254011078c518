# The translation for this is there already; the frame does not get back.
on node1 iptables -t nat -I POSTROUTING -s "$shop_address" -d "$shop_address" -j MASQUERADE
