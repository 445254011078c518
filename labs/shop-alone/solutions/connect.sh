docker node1 network connect back shop
