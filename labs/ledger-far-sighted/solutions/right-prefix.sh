# The address with the prefix of its subnet. Deleting an address deletes its routes, the default among them.
on "$victim" ip address add "$victim_address/$victim_prefix" dev eth0
on "$victim" ip address del "$victim_address/8" dev eth0
on "$victim" ip route replace default via "$victim_gateway"
