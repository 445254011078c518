# The server is well.
on node1 sh -c 'kill -HUP $(cat /run/dnsmasq.pid)'
