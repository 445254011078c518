# The rule nobody could explain.
on node1 iptables -D INPUT -p tcp --dport 6443 -j DROP
