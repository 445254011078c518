# The same, written in capitals: names have no case.
on "$victim" sh -c "grep -v files.example.com /etc/hosts > /tmp/h; echo '$files_address FILES.Example.COM' >> /tmp/h; cat /tmp/h > /etc/hosts"
