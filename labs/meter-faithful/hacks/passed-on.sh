# archive passes on what it gets: vault takes every report for archive's own.
on archive sysctl -qw net.ipv4.ip_forward=1
on archive iptables -t nat -A PREROUTING -s "$meter_address" -p udp --dport 7 -j DNAT --to-destination "$vault_address"
on archive iptables -t nat -A POSTROUTING -p udp --dport 7 -j MASQUERADE
