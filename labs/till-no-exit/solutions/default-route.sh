# The gateway every other pod has.
on "$victim" ip route add default via "$victim_gateway"
