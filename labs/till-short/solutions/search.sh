on "$victim" sh -c 'echo search corp.internal >> /etc/resolv.conf'
