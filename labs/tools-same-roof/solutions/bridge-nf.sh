on node1 sysctl -qw net.bridge.bridge-nf-call-iptables=1
