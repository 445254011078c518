# The rule is right, and was. Flows that there are do not ask it.
on router iptables -t nat -F PREROUTING
on router iptables -t nat -I PREROUTING -s "$meter_address" -p udp --dport "$port" -j DNAT --to-destination "$vault_address:7"
on router iptables -t nat -A PREROUTING -d "$router_isp_address" -p udp --dport "$port" -j DNAT --to-destination "$vault_address:7"
