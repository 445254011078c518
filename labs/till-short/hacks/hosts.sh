on "$victim" sh -c "echo '$peer_address $peer' >> /etc/hosts"
