# Clamped to what node1 knows of the path: it knows of nothing smaller.
on node1 iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
