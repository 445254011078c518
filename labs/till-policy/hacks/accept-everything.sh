# Before every rule, and so before the policy that must stay.
on "$host" iptables -I FORWARD -j ACCEPT
on node1 iptables -I FORWARD -j ACCEPT
