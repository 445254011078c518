# Two files, and one too many: this was the good one.
on "$host" rm /etc/cni/net.d/10-pods.conflist
