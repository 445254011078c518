on "$host" ip link set cni0 down
on "$host" ip link set cni0 up
