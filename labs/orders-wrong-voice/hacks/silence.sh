# Who does not shout is not heard, and answers whoever asks all the same.
on "$peer" sh -c 'kill $(cat /tmp/standby.pid)'
on node1 ip neigh flush dev cni0
on "$other" ip neigh flush dev "$other_interface"
