on "$host" rm /etc/cni/net.d/00-x.conflist
