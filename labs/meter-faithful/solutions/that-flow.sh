on router conntrack -D -p udp --orig-src "$meter_address" --orig-port-src "$meter_port"
