# Nobody is translated any more, and nobody gets out.
on node1 iptables -t nat -F POSTROUTING
