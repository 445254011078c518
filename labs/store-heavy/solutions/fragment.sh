# Let the outer packets be cut. It works, and costs.
on node1 ip link set flannel.1 type vxlan df unset
on node2 ip link set flannel.1 type vxlan df unset
