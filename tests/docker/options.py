"""What hosts may be told otherwise: docker0's own options, IPv6 through published ports, networks cut off from their host.

For parity-options.yml, whose host has IPv6 on its wire.
"""

from __future__ import annotations

from behaviour import Ask, asked, inside, says
from behaviour import Behaviour as B

__all__ = ["OPTIONS"]

HOST, HOST6 = "192.168.1.101", "fd00:1::101"


def network(name: str, template: str) -> Ask:
    return says("network", "inspect", "-f", "{{" + template + "}}", name)


OPTIONS = (
    B("docker0-icc", "docker0 with icc off: containers on it do not reach each other", asked("low1", "low2", tcp=7), "timeout"),
    B("docker0-icc-published", "… not by a published port either", asked("low2", HOST, http=8000), "timeout"),
    B("docker0-icc-outside", "… from outside it is open", asked("web", HOST, http=8000), "http 200 low1 saw 203.0.113.80"),
    B("docker0-icc-host", "… and to its host", asked("node1", "low1", tcp=7), "reached low1 saw 172.17.0.1"),
    B("docker0-icc-out", "… which lets it out", asked("low1", "web", tcp=7), "reached web saw 192.168.1.101"),
    B("docker0-mtu", "docker0's MTU is its containers'", lambda lab: inside("low1", "ip", "-o", "link", "show", "eth0")(lab).partition(" mtu ")[2].split()[0], "1400"),
    B("docker0-mtu-path", "… and the path's", asked("low1", "web", mtu=True), "path_mtu 1400"),
    B("docker0-inspect-mtu", "docker network inspect bridge: its MTU", network("bridge", 'index .Options "com.docker.network.driver.mtu"'), "1400"),
    B("docker0-inspect-icc", "… enable_icc", network("bridge", 'index .Options "com.docker.network.bridge.enable_icc"'), "false"),
    B("docker0-six", "docker0's IPv6 addresses are counted", says("inspect", "-f", "{{.NetworkSettings.GlobalIPv6Address}}", "low1"), "fd00:17::2", "docker0-ipv6", "fd00:17::242:ac11:2"),
    B("docker0-six-out", "… and lead out under the host's", asked("low1", "2001:db8:113::80", tcp=7), "reached web saw fd00:1::101"),
    B("six-published", "A published port by IPv6, from outside: the client is seen", asked("web", HOST6, http=8080), "http 200 site saw 2001:db8:113::80"),
    B("six-published-host", "… from the host: the bridge is seen", asked("node1", HOST6, http=8080), "http 200 site saw fd00:20::1"),
    B("six-published-sibling", "… from a sibling: itself", asked("peer", HOST6, http=8080), "http 200 site saw fd00:20::3"),
    B("six-published-self", "… from the container itself: the bridge", asked("site", HOST6, http=8080), "http 200 site saw fd00:20::1"),
    B("six-published-udp", "… UDP", asked("web", HOST6, udp=7007), "reached site saw 2001:db8:113::80"),
    B("six-published-other", "… from another network: not at all", asked("open", HOST6, http=8080), "timeout"),
    B("six-not-published", "What is not published is refused", asked("web", HOST6, tcp=8081), "refused"),
    B("six-out", "Out by IPv6 under the host's address", asked("site", "2001:db8:113::80", tcp=7), "reached web saw fd00:1::101"),
    B("six-siblings", "Siblings see each other's", asked("peer", "fd00:20::2", tcp=7), "reached site saw fd00:20::3"),
    B("six-isolated", "Networks are apart by IPv6 too", asked("peer", "fd00:21::2", tcp=7), "timeout"),
    B("six-inspect", "docker inspect: bound for both families", says("inspect", "-f", '{{range index .NetworkSettings.Ports "7/udp"}}{{.HostIp}} {{.HostPort}} {{end}}', "site"), "0.0.0.0 7007 :: 7007"),
    B("routed-six-out", "gateway_mode_ipv6 routed: out under the container's own address, which nobody outside knows the way to", asked("open", "2001:db8:113::80", tcp=7), "timeout", "gateway-modes", "reached web saw fd00:1::101"),
    B("routed-six-four", "… by IPv4 still translated", asked("open", "web", tcp=7), "reached web saw 192.168.1.101"),
    B("cut-off-neighbours", "gateway_mode_ipv4 isolated: those on the network reach each other", asked("left", "right", tcp=7), "reached right saw 172.22.0.2"),
    B("cut-off-host", "… their host does not", asked("node1", "left", tcp=7), "unreachable network", "gateway-modes", "reached left saw 172.22.0.1"),
    B("cut-off-route", "… which is no gateway of theirs", lambda lab: inside("left", "ip", "-4", "route", "show", "default")(lab).strip(), "", "internal-route", "default via 172.22.0.1 dev eth0"),
    B("cut-off-bridge", "… whose bridge has no address", lambda lab: str("172.22." in lab.run("node1", "ip", "-4", "address").stdout), "False", "gateway-modes", "True"),
)  # fmt: skip
