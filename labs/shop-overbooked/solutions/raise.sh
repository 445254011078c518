# A limit that suits the job.
on node1 nft flush chain ip limits forward
on node1 nft add rule ip limits forward oifname docker0 tcp dport 7 ct state new ct count over 200 counter drop
