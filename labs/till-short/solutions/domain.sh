# The older word for the same.
on "$victim" sh -c 'echo domain corp.internal >> /etc/resolv.conf'
