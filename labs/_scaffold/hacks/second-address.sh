# Give the silent pod's address to a neighbour that answers: somebody answers, but not who was meant.
on "$peer" ip address add "$victim_address/$victim_prefix" dev eth0
