on node1 nft delete table ip quality
