on "$victim" sh -c "sed 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf > /tmp/n; cat /tmp/n > /etc/nsswitch.conf"
