on node1 bridge link set dev "$shop_veth" hairpin on
on node1 sysctl -qw net.bridge.bridge-nf-call-iptables=1
