on "$here" ip neigh flush dev flannel.1
