# Let the pod announce what its cable carries: its MSS follows from its MTU, in both directions.
on "$victim" ip link set eth0 mtu "$mtu"
