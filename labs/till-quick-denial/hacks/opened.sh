# dig gets its answer, and policy has an exception.
on "$victim" iptables -F OUTPUT
