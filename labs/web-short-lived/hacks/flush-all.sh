# Start afresh: what was wrong is gone, and what filters is, too.
on router iptables -t mangle -F
on router iptables -F
