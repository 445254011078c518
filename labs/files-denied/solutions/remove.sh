on node1 sh -c 'file=$(ls /etc/*dnsmasq*.conf); grep -v "^address=/" $file > /tmp/c; cat /tmp/c > $file
kill $(cat /run/dnsmasq.pid); while kill -0 $(cat /run/dnsmasq.pid 2>/dev/null) 2>/dev/null; do :; done
dnsmasq --conf-file=$file --pid-file=/run/dnsmasq.pid --user=root --group='
