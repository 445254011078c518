# Only what is needed: the desk's network, through the same gateway.
on "$victim" ip route add "$desk_subnet" via "$victim_gateway"
