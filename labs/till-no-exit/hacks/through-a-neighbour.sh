# Through a neighbour that does have a way out: it forwards nothing for others.
on "$victim" ip route add default via "$peer_address"
