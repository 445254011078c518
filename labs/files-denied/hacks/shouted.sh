# Pinned in capitals: names have no case.
NAME=$(echo "$name.EXAMPLE.com" | tr a-z A-Z)
on "$client" sh -c "echo '$files_address $NAME' >> /etc/hosts"
on node1 sh -c "echo '$files_address $NAME' >> /etc/hosts"
