docker node1 rm -f shop banner
docker node1 network rm front
docker node1 network create --subnet 172.$docker.1.0/24 front
docker node1 run -d --name shop --network front --ip 172.$docker.1.2 -p $port:80 echo
docker node1 network connect back shop
docker node1 run -d --name banner --network front --ip $banner_address echo
