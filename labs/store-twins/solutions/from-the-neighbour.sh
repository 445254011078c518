# Taken from node1 once more, and this time read through.
sed_line="s|$node1_pods|$node2_pods|g; s|$node1_cni0_address|$node2_cni0_address|g"
on node1 cat /etc/cni/net.d/10-pods.conflist | sed "$sed_line" | on node2 sh -c 'cat > /etc/cni/net.d/10-pods.conflist'
on node2 ip address replace "$node2_cni0_address/24" dev cni0
