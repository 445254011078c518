# Those who are there are well again. The next one is not.
on node2 ip address add "$node2_cni0_address/24" dev cni0
