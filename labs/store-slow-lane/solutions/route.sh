on node1 ip route del "$(on node1 ip route show via "$relay_lan_address" | grep -o '^[0-9.]*/25')"
