# Teach the router the way back. The router lets no private source out, and rightly.
on router ip route add "$node1_containers" via "$node1_address"
