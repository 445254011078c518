# On the address customers use, and on the one the tests use.
docker node1 rm -f shop
docker node1 run -d --name shop --network front --ip 172.$docker.1.2 -p $node1_address:$port:80 -p 127.0.0.1:$port:80 echo
docker node1 network connect back shop
