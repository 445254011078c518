# Room for a moment.
on node1 conntrack -F
