# Take everything to be on the link: nobody there answers for the desk.
on "$victim" ip route replace default dev eth0
