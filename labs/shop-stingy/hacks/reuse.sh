# Reuse what is in TIME_WAIT: these are not, they are open.
on tools sysctl -qw net.ipv4.tcp_tw_reuse=1
