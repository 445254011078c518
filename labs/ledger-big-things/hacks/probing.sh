# One client learns to send less, by losing first.
on "$peer" sysctl -qw net.ipv4.tcp_mtu_probing=2 net.ipv4.tcp_base_mss=600
