# The address that works, written down on both: until it moves.
on "$client" sh -c "echo '$files_address files.example.com' >> /etc/hosts"
on "$peer" sh -c "echo '$files_address files.example.com' >> /etc/hosts"
