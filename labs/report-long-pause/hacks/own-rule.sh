# The client that complained refuses itself the address that hangs, and goes on at once. The other one was not asked.
on "$client" ip6tables -A OUTPUT -d "fd00:10:$lan::10" -p tcp -j REJECT
