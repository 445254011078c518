# Without IPv6 there is nothing to wait for, and nothing to move to either.
on "$client" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
on "$peer" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
