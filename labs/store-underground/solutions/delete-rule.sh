handle=$(on "$host" nft -a list chain netdev guard in | sed -n 's/.*dport 8472 .*handle //p')
on "$host" nft delete rule netdev guard in handle "$handle"
