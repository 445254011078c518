# For the one that complained.
on "$reader" ip link set "$reader_interface" mtu "$mtu"
