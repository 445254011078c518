on "$victim" sh -c "printf 'search corp.internal\nnameserver $node1_address\n' > /etc/resolv.conf"
on node1 ip route del blackhole "$files_address/32"
