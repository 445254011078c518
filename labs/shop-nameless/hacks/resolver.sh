# Somebody else to ask, who knows no containers.
on shop sh -c "echo 'nameserver 203.0.113.10' > /etc/resolv.conf"
