# As the agent writes it: through the peer's tunnel address, which is on no subnet, hence onlink.
on "$here" ip route add "$there_pods" via "$there_vtep_address" dev flannel.1 onlink
