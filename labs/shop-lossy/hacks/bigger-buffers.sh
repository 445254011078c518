# It is no buffer that overflows.
on shop sysctl -qw net.ipv4.udp_rmem_min=65536
