# That table holds nothing else.
on router iptables -t mangle -F PREROUTING
