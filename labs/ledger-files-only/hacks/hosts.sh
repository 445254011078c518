on "$victim" sh -c "echo '$peer_address $peer.corp.internal' >> /etc/hosts; echo '$files_address files.example.com' >> /etc/hosts"
