# Who does not shout is not heard, and answers whoever asks all the same.
on "$newcomer" sh -c 'kill $(cat /tmp/standby.pid)'
on node1 busybox arping -U -c 2 -I cni0 "$newcomer_gateway"
