# Written down: until the day it moves.
on "$victim" sh -c "echo '$peer_address $peer.corp.internal $peer' >> /etc/hosts"
