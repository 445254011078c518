# Let ARP find out.
on "$victim" ip neigh del "$peer_address" dev eth0
