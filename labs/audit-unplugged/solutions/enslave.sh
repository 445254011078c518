# Plug the host's end into the bridge.
on node1 ip link set "$victim_veth" master cni0
