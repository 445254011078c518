"""What docker says of networks and containers: ls, ps, inspect, and errors in its own words."""

from __future__ import annotations

import re

from behaviour import Ask, asked, docker, docker_says, says
from behaviour import Behaviour as B

from vethlab.running import RunningLab

__all__ = ["ERRORS", "SETTINGS"]


def container(name: str, template: str) -> Ask:
    return says("inspect", "-f", "{{" + template + "}}", name)


def network(name: str, template: str) -> Ask:
    return says("network", "inspect", "-f", "{{" + template + "}}", name)


def refused(words: str, *argv: str) -> Ask:
    """`STATUS: True` where docker's refusal has those words: some versions put more around them."""

    def ask(lab: RunningLab) -> str:
        done = docker(lab, *argv)
        return f"{done.returncode}: {words in done.stderr}"

    return ask


def not_run(words: str, *options: str) -> Ask:
    """Whether docker run is refused with those words, on standard error; what is left of the container is removed."""

    def ask(lab: RunningLab) -> str:
        done = docker(lab, "run", "-d", "--name", "fresh", *options, "busybox")
        alive = left(lab)
        docker(lab, "rm", "-f", "fresh")
        return f"{done.returncode}: {words in done.stderr}" + (f", but left {alive}" if alive else "")

    return ask


def left(lab: RunningLab) -> str:
    """What there is of `fresh`, dead or alive. Docker keeps, in the state Created, what it could not start."""
    rows = [line for line in says("ps", "-a")(lab).splitlines() if line.split()[-1] == "fresh"]
    members = "{{range .Containers}}{{.Name}} {{end}}"
    on = [n for n in ("front", "bridge") if "fresh" in says("network", "inspect", "-f", members, n)(lab).split()]
    return ", ".join([*(row for row in rows if not re.search(r"  Created\b", row)), *on])


def not_run_again(lab: RunningLab) -> str:
    """The port of another, on a network of one's own; then what is left of it before anybody tidies up, and its port."""
    told = not_run("port is already allocated", "--network", "front", "-p", "8601:80", "-p", "8080:80")(lab)
    return f"{told}, {asked('web', '192.168.1.101', tcp=8601)(lab)}"


SETTINGS = (
    B("inspect-name", "docker inspect: the name has a slash", container("site", ".Name"), "/site"),
    B("inspect-running", "… State.Running", container("site", ".State.Running"), "true"),
    B("inspect-address", "NetworkSettings.Networks: the address", container("site", ".NetworkSettings.Networks.front.IPAddress"), "172.20.0.2"),
    B("inspect-prefix", "… its prefix", container("site", ".NetworkSettings.Networks.front.IPPrefixLen"), "16"),
    B("inspect-gateway", "… its gateway", container("site", ".NetworkSettings.Networks.front.Gateway"), "172.20.0.1"),
    B("inspect-top-empty", "At the top there is no address on a network of users", container("site", ".NetworkSettings.IPAddress"), ""),
    B("inspect-top-docker0", "… but docker0's is", container("old1", ".NetworkSettings.IPAddress"), "172.17.0.2"),
    B("inspect-top-gateway", "… and its gateway", container("old1", ".NetworkSettings.Gateway"), "172.17.0.1"),
    B("inspect-bridge", "docker0's network is called bridge", container("old1", ".NetworkSettings.Networks.bridge.IPAddress"), "172.17.0.2"),
    B("inspect-two", "Both networks of a container: one", container("both", ".NetworkSettings.Networks.front.IPAddress"), "172.20.0.4"),
    B("inspect-two-other", "… and the other", container("both", ".NetworkSettings.Networks.back.IPAddress"), "172.21.0.2"),
    B("inspect-v6", "An IPv6 address", container("d1", ".NetworkSettings.Networks.dual.GlobalIPv6Address"), "fd00:29::2"),
    B("inspect-v6-prefix", "… its prefix", container("d1", ".NetworkSettings.Networks.dual.GlobalIPv6PrefixLen"), "64"),
    B("inspect-v6-gateway", "… its gateway", container("d1", ".NetworkSettings.Networks.dual.IPv6Gateway"), "fd00:29::1"),
    B("inspect-macvlan", "macvlan: an address of the wire", container("m1", ".NetworkSettings.Networks.wire.IPAddress"), "192.168.1.192"),
    B("inspect-host", "network mode host: no address", container("hostly", ".NetworkSettings.Networks.host.IPAddress"), ""),
    B("inspect-mode-host", "… HostConfig.NetworkMode", container("hostly", ".HostConfig.NetworkMode"), "host"),
    B("inspect-mode-none", "… none", container("alone", ".HostConfig.NetworkMode"), "none"),
    B("inspect-mode-network", "… the network", container("site", ".HostConfig.NetworkMode"), "front"),
    B("inspect-hostname", "Config.Hostname", container("told", ".Config.Hostname"), "teller"),
    B("inspect-dns", "HostConfig.Dns", container("told", "json .HostConfig.Dns"), '["203.0.113.54"]'),
    B("inspect-search", "HostConfig.DnsSearch", container("told", "json .HostConfig.DnsSearch"), '["corp.example"]'),
    B("inspect-range", "docker's range over networks", says("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", "peer"), "172.20.0.3"),
    B("network-driver", "docker network inspect: the driver", network("front", ".Driver"), "bridge"),
    B("network-driver-macvlan", "… macvlan", network("wire", ".Driver"), "macvlan"),
    B("network-scope", "… the scope", network("front", ".Scope"), "local"),
    B("network-internal", "… internal", network("back", ".Internal"), "true"),
    B("network-not-internal", "… or not", network("front", ".Internal"), "false"),
    B("network-v6", "… IPv6", network("dual", ".EnableIPv6"), "true"),
    B("network-no-v6", "… or not", network("front", ".EnableIPv6"), "false"),
    B("network-subnet", "IPAM: the subnet", says("network", "inspect", "-f", "{{range .IPAM.Config}}{{.Subnet}} {{end}}", "front"), "172.20.0.0/16"),
    B("network-subnets", "… both", says("network", "inspect", "-f", "{{range .IPAM.Config}}{{.Subnet}} {{end}}", "dual"), "172.29.0.0/16 fd00:29::/64"),
    B("network-gateway", "… the gateway", says("network", "inspect", "-f", "{{range .IPAM.Config}}{{.Gateway}}{{end}}", "front"), "172.20.0.1"),
    B("network-range", "… the range", says("network", "inspect", "-f", "{{range .IPAM.Config}}{{.IPRange}}{{end}}", "ranged"), "172.27.5.0/24"),
    B("network-members", "Containers: by name", lambda lab: " ".join(sorted(says("network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{end}}", "back")(lab).split())), "both safe vault"),
    B("network-addresses", "… with their addresses", lambda lab: " ".join(sorted(says("network", "inspect", "-f", "{{range .Containers}}{{.IPv4Address}} {{end}}", "back")(lab).split())), "172.21.0.2/16 172.21.0.3/16 172.21.0.4/16"),
    B("network-docker0", "The default network", network("bridge", ".Driver"), "bridge"),
    B("network-ls", "docker network ls: everything, with its driver", lambda lab: " ".join(f"{w[1]}:{w[2]}" for line in says("network", "ls")(lab).splitlines()[1:] if (w := line.split())), "back:bridge bound:bridge bridge:bridge dual:bridge front:bridge host:host huge:bridge none:null open:bridge plain:bridge quiet:bridge ranged:bridge routed:bridge small:bridge wire:macvlan"),
    B("network-ls-other-host", "Every host has its own", lambda lab: str(says("network", "ls", "-q")(lab) != says("network", "ls", "-q", node="node2")(lab)), "True"),
    B("ps-names", "docker ps: who runs", lambda lab: " ".join(sorted(line.split()[-1] for line in says("ps")(lab).splitlines()[1:])), "alone b1 bare both d1 d2 h1 h2 hostly m1 m2 old1 old2 p1 peer q1 q2 r1 s1 s2 safe sidecar site straight told vault"),
    B("ps-other-host", "… on each host its own", lambda lab: " ".join(line.split()[-1] for line in says("ps", node="node2")(lab).splitlines()[1:]), "far"),
    B("ps-quiet", "… ids only: twelve digits", lambda lab: str({len(i) for i in says("ps", "-q")(lab).split()}), "{12}"),
)  # fmt: skip

ERRORS = (
    B("error-network-twice", "A network's name in use", docker_says("network", "create", "front"), "1: Error response from daemon: network with name front already exists"),
    B("error-predefined", "A predefined network", docker_says("network", "create", "host"), "1: Error response from daemon: operation is not permitted on predefined host network"),
    B("error-overlap", "Overlapping subnets", lambda lab: str("Pool overlaps with other one on this address space" in docker_says("network", "create", "--subnet", "172.20.5.0/24", "fresh")(lab)), "True"),
    B("error-cidr", "No CIDR", docker_says("network", "create", "--subnet", "nonsense", "fresh"), "1: invalid subnet nonsense: invalid CIDR block notation", "subnet-words", "1: Error response from daemon: Invalid subnet nonsense : invalid CIDR address: nonsense"),
    B("error-no-network", "An unknown network", refused("nope", "network", "rm", "nope"), "1: True"),
    B("error-network-in-use", "A network that is in use", refused("has active endpoints", "network", "rm", "front"), "1: True"),
    B("error-rm-predefined", "docker0's network stays", refused("bridge is a pre-defined network and cannot be removed", "network", "rm", "bridge"), "1: True"),
    B("error-name-in-use", "A container's name in use", lambda lab: docker_says("run", "-d", "--name", "site", "busybox")(lab).partition(" already")[0], '125: docker: Error response from daemon: Conflict. The container name "/site" is'),
    B("error-run-network", "docker run on an unknown network", not_run("network nope not found", "--network", "nope"), "125: True"),
    B("error-alias-docker0", "An alias on docker0", not_run("supported", "--network", "bridge", "--network-alias", "x"), "125: True"),
    B("error-address-docker0", "An address on docker0", not_run("user defined networks only", "--network", "bridge", "--ip", "172.17.0.99"), "125: True"),
    B("error-address-used", "An address in use", not_run("Address already in use", "--network", "front", "--ip", "172.20.0.2"), "125: True"),
    B("error-port-used", "A port in use", not_run("Bind for 0.0.0.0:8080 failed: port is already allocated", "-p", "8080:80"), "125: True"),
    B("error-port-host", "A port that a program of the host has", not_run("address already in use", "-p", "80:80"), "125: True"),
    B("error-connect-twice", "Connected already", lambda lab: str("already exists in network front" in docker_says("network", "connect", "front", "site")(lab)), "True"),
    B("error-connect-unknown", "Connecting to an unknown network", docker_says("network", "connect", "nope", "site"), "1: Error response from daemon: network nope not found"),
    B("error-disconnect", "Disconnecting where it is not", lambda lab: str("is not connected to" in docker_says("network", "disconnect", "back", "site")(lab)), "True"),
    B("error-no-container", "An unknown container", refused("No such container: nope", "rm", "nope"), "1: True"),
    B("error-inspect", "Inspecting what is not there", docker_says("inspect", "nope"), "1: Error: No such object: nope"),
    B("error-rm-running", "Removing what runs", lambda lab: str("You cannot remove a running container" in (said := docker_says("rm", "peer")(lab)) or "container is running" in said), "True"),
    B("error-port", "A port that is not published", lambda lab: str("9999" in docker_says("port", "site", "9999")(lab)), "True"),
    B("error-leaves-nothing", "… and nothing of it runs, is on a network, or holds its other ports", not_run_again, "125: True, refused"),
)  # fmt: skip
