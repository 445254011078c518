# Stricter than the default, and right: answer for the address of the interface that was asked at.
on "$victim" sysctl -qw net.ipv4.conf.all.arp_ignore=1
