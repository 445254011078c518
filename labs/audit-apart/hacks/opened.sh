# Mended, and then tidied up.
on node1 bridge link set dev "$victim_veth" isolated off
on node1 iptables -F FORWARD
