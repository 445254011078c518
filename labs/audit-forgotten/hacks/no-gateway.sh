# Into the tunnel, without saying to whom: nobody there answers ARP for a pod.
on "$here" ip route add "$there_pods" dev flannel.1
