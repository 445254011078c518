# The server of the node, and its search list, as in the other pods.
on "$victim" sh -c "printf 'search corp.internal\nnameserver $node1_address\n' > /etc/resolv.conf"
