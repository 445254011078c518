# The source must be reachable, by whatever interface (RFC 3704, loose mode).
on node1 sysctl -qw net.ipv4.conf.all.rp_filter=2
