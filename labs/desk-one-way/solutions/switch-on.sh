on "$host" sysctl -qw net.ipv4.ip_forward=1
