# Forget everything that was known: what is asked anew is not answered either.
on "$victim" ip neigh flush dev eth0
on "$peer" ip neigh flush dev eth0
on "$other" ip neigh flush dev eth0
