on "$victim" iptables -F OUTPUT
on "$victim" sh -c "printf 'nameserver 203.0.113.9\n' > /etc/resolv.conf"
