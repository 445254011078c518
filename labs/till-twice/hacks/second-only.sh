on node1 ip route del blackhole "$files_address/32"
