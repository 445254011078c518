# As it was started at first: Docker puts its rules into every new container.
docker node1 rm -f shop
docker node1 run -d --name shop --network front --ip 172.$docker.1.2 -p $port:80 echo
docker node1 network connect back shop
