# Start with more: the router does not care.
on node1 sysctl -qw net.ipv4.ip_default_ttl=255
