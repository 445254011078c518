# Until IPv6 works there, the name has no such address.
on files sh -ec 'file=$(ls /etc/*dnsmasq*.conf); grep -v "^host-record=files.example.com,fd00:" $file > /tmp/c
! cmp -s /tmp/c $file; cat /tmp/c > $file
kill $(cat /run/dnsmasq.pid); while kill -0 $(cat /run/dnsmasq.pid 2>/dev/null) 2>/dev/null; do :; done
dnsmasq --conf-file=$file --pid-file=/run/dnsmasq.pid --user=root --group='
