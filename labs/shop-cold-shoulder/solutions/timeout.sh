on node1 sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=86400
