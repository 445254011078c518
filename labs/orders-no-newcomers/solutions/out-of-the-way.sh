# Kept for whoever put it there; only conf, conflist and json are read.
on "$host" mv /etc/cni/net.d/00-x.conflist /etc/cni/net.d/00-x.conflist.off
