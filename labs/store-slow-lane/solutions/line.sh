# The line carries what the others do.
on relay ip link set "$relay_line_interface" mtu 1500
