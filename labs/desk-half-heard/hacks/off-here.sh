# Off for the interface: the value of `all` is higher, and holds.
on node1 sysctl -qw "net.ipv4.conf.$node1_lan_interface.rp_filter=0"
