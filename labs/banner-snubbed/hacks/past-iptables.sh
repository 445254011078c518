# What stays on a bridge passes no rule. Its answers are not translated back either.
on node1 sysctl -qw net.bridge.bridge-nf-call-iptables=0
