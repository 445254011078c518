# The same with a broader brush: permanent entries are only flushed when they are named.
on "$victim" ip neigh flush dev eth0 nud permanent
