# Forwarding is a switch per interface; the one everybody knows sets them all.
on "$host" sysctl -qw net.ipv4.conf.all.forwarding=1
