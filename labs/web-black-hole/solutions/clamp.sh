# Write into every SYN what the line carries, in both directions.
on router iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss $((mtu - 40))
