on "$client" sh -c "echo '$files_address $name.example.com' >> /etc/hosts"
on node1 sh -c "echo '$files_address $name.example.com' >> /etc/hosts"
