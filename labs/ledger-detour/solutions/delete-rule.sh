on node1 ip rule del from "$victim_address"
