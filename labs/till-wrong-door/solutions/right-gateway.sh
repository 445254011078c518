# The gateway is the bridge.
on "$victim" ip route replace default via "$victim_gateway"
