# The first is mended; was that all?
on "$victim" sh -c "printf 'search corp.internal\nnameserver $node1_address\n' > /etc/resolv.conf"
