docker node1 rm -f shop stock
docker node1 network rm back
docker node1 network create --subnet $stock_subnet back
docker node1 run -d --name stock --network back --ip $stock_address echo
docker node1 run -d --name shop --network front --ip 172.$docker.1.2 -p $port:80 echo
docker node1 network connect back shop
