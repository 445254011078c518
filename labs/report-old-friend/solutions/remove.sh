on "$victim" sh -c 'grep -v files.example.com /etc/hosts > /tmp/hosts; cat /tmp/hosts > /etc/hosts'
