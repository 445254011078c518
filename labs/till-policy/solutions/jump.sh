# What the network agent wants: its own chain, whatever the policy.
on "$host" iptables -A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
