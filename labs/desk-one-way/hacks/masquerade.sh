# Translate instead of forward: what is not forwarded is not translated either.
on "$host" iptables -t nat -I POSTROUTING -j MASQUERADE
