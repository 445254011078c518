# There is room again: for those who live there, too.
on "$host" sh -c 'rm -rf /var/lib/cni/networks/pods'
