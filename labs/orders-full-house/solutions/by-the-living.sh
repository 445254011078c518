# The other way round: keep what an address on the bridge's other ends answers for.
on "$host" sh -ec 'cd /var/lib/cni/networks/pods; for lease in *.*.*.*; do ping -c1 -W1 -n -q "$lease" >/dev/null 2>&1 & echo "$! $lease"; done > /tmp/asked; while read -r asked lease; do wait "$asked" || rm "$lease"; done < /tmp/asked'
