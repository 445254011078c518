# The shop goes out by its other network. stock has no other.
docker node1 network disconnect front shop
docker node1 network connect --ip 172.$docker.1.2 --gw-priority 1 front shop
