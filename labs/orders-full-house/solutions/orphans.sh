# Only those whose container is gone.
on "$host" sh -ec 'cd /var/lib/cni/networks/pods; grep -l ^gone * | xargs rm'
