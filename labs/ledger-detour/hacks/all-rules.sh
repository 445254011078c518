# Back to what a fresh machine has: another team's rule is gone with the wrong one.
on node1 ip rule del from "$victim_address"
on node1 ip rule del from 198.51.100.7
