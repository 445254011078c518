# What the option leaves out, for that network alone and only for what leaves it. No container is started anew.
bridge=$(on node1 ip -4 -br address | grep -w "$(echo "$stock_subnet" | sed 's|0/24|1/24|')" | cut -d' ' -f1)
on node1 iptables -t nat -A POSTROUTING -s "$stock_subnet" ! -o "$bridge" -j MASQUERADE
