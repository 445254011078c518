on "$victim" sysctl -qw net.ipv4.conf.all.arp_ignore=0
