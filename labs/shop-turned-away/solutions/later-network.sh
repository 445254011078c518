# The same from the other end: first where its stock is, then where its customers are.
docker node1 rm -f shop
docker node1 run -d --name shop --network back -p $port:80 echo
docker node1 network connect --ip 172.$docker.1.2 front shop
