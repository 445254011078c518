on node2 sed -i "s|\"subnet\": \"$node1_pods\"|\"subnet\": \"$node2_pods\"|" /etc/cni/net.d/10-pods.conflist
on node2 ip address add "$node2_cni0_address/24" dev cni0
