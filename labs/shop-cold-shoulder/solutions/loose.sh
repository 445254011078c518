# Let conntrack pick up what it forgot. Invalid packets stay dropped; these no longer are.
on node1 sysctl -qw net.netfilter.nf_conntrack_tcp_loose=1
