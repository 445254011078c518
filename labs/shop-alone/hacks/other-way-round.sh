# Bring the stock to the front: the shop finds it, and so does banner.
docker node1 network connect front stock
