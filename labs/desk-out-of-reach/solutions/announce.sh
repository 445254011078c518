# The address is taken away, and the gateway tells everybody where it is.
on "$newcomer" ip address del "$newcomer_gateway/$newcomer_prefix" dev "$newcomer_interface"
sleep 0.5
on node1 busybox arping -U -c 2 -I cni0 "$newcomer_gateway"
