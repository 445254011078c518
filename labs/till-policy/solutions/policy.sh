# What it was before.
on "$host" iptables -P FORWARD ACCEPT
