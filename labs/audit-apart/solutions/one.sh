# One of two is enough: isolated ports do not talk to each other only.
on node1 bridge link set dev "$victim_veth" isolated off
