# For this bridge alone.
on node1 ip link set docker0 type bridge nf_call_iptables 1
