# They meet where they can talk: and there is stock.
docker node1 network connect back banner
