# Something that listens where customers come in, and passes it on. It works at once, and the shop has one customer only.
on shop sh -c "socat TCP-LISTEN:80,bind=172.$docker.1.2,fork,reuseaddr TCP:127.0.0.1:80 >/dev/null 2>&1 &"
sleep 0.3
