# What Docker had put there, with the ports at which its server listens now.
on shop sh -ec '
port() { ss -Hln "$1" src 127.0.0.11 | awk "{print \$4}" | cut -d: -f2; }
for kind in udp tcp; do
  iptables -t nat -A OUTPUT -d 127.0.0.11 -p $kind --dport 53 -j DNAT --to-destination "127.0.0.11:$(port --$kind)"
  iptables -t nat -A POSTROUTING -s 127.0.0.11 -p $kind --sport "$(port --$kind)" -j SNAT --to-source :53
done'
