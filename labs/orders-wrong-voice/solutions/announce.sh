# The address is taken away, and its owner tells everybody where it is.
on "$peer" ip address del "$victim_address/$victim_prefix" dev "$peer_interface"
sleep 0.5
on "$victim" busybox arping -U -c 2 -I "$victim_interface" "$victim_address"
