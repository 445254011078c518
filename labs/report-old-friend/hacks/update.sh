# The right address, pinned: until it moves.
on "$victim" sh -c "grep -v files.example.com /etc/hosts > /tmp/h; echo '$files_address files.example.com' >> /tmp/h; cat /tmp/h > /etc/hosts"
