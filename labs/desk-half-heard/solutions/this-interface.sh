# For the one line alone: of the interface's value and that of `all` the higher holds.
on node1 sysctl -qw "net.ipv4.conf.$node1_lan_interface.rp_filter=2"
