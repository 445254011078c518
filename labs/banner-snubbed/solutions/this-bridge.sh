# In the chain that Docker leaves to its users, and for this bridge alone.
bridge=$(on node1 ip -4 -br address | grep -w "172.$docker.1.1/24" | cut -d' ' -f1)
on node1 iptables -I DOCKER-USER -i "$bridge" -o "$bridge" -j ACCEPT
