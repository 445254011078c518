# An entry for whatever is not known: with one peer it comes to the same.
on "$here" bridge fdb append 00:00:00:00:00:00 dev flannel.1 dst "$there_address" self permanent
