on node1 ip route del blackhole "$victim_address/32"
