# Straight through the other node, as flannel's host-gw would; the answers come by the tunnel.
on "$here" ip route add "$there_pods" via "$there_address"
