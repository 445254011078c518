# Answers go back by the line that the questions come in by.
on node1 ip route replace "$desk_subnet" via "$router1_lan_address"
