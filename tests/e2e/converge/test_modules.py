"""Every module: check mode changes nothing, the first run changes, the second does not, and check mode agrees."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from fleet import Fleet, world_of
from modules import run_module

WORLD = (
    "{name: bare, switches: {lan: {subnets: [192.168.1.0/24, 'fd00:1::/64']}}, nodes: {node: {count: 2, links: [lan]}}}"
)
PEER = {"mac": "0e:00:00:00:04:02", "underlay": "192.168.1.102", "address": "10.244.2.0", "prefix": "10.244.2.0/24"}
RULES = """
*raw
-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
*nat
:DOCKER -
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -p udp -m udp --dport 7007 -j DNAT --to-destination 172.17.0.2:7
*filter
:FORWARD DROP
-N DOCKER-USER
:FLANNEL-FWD -
:DOCKER-CT -
-I FORWARD 1 -j DOCKER-USER
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-CT -m mark --mark 0x4000/0x4000 -j RETURN
"""
RULES6 = """
*nat
:FLANNEL-POSTRTG -
-A FLANNEL-POSTRTG -s fd00:2::/56 ! -d ff00::/8 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00:2::2]:80
"""
VXLAN = {"name": "flannel.1", "kind": "vxlan", "vni": 1, "local": "192.168.1.101", "port": 8472, "learning": False}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "bridge": (
        "link",
        {
            "name": "br7",
            "kind": "bridge",
            "mac": "02:42:00:00:00:01",
            "mtu": 1400,
            "addresses": ["172.17.0.1/16", "fd00:9::1/64"],
        },
    ),
    "vxlan": ("link", VXLAN | {"mac": "0e:00:00:00:04:01", "mtu": 1450, "addresses": ["10.244.1.0/32"]}),
    "vxlan over IPv6": ("link", {"name": "v6", "kind": "vxlan", "vni": 9, "local": "fd00:1::101", "port": 8472}),
    "veth": ("link", {"name": "veth7", "kind": "veth", "peer": "veth8", "up": False}),
    "peers": ("vxlan_peers", {"device": "flannel.1", "peers": [PEER]}),
    "no peers": ("vxlan_peers", {"device": "flannel.1", "peers": []}),
    "link gone": ("link", {"name": "br7", "state": "absent"}),
    "route": (
        "route",
        {"routes": [{"to": "198.51.100.0/24", "via": "192.168.1.102"}, {"to": "fd00:7::/64", "via": "fd00:1::102"}]},
    ),
    "route replaced": ("route", {"routes": [{"to": "198.51.100.0/24", "via": "192.168.1.103"}]}),
    "route gone": ("route", {"routes": [{"to": "198.51.100.0/24", "via": "192.168.1.103"}], "state": "absent"}),
    "sysctl": (
        "sysctl",
        {"values": {"net.ipv4.ip_forward": 1, "net/ipv4/conf/eth0/rp_filter": 2}, "file": "/etc/sysctl.d/9.conf"},
    ),
    "iptables": ("iptables", {"rules": RULES}),
    "ip6tables": ("iptables", {"rules": RULES6, "family": 6}),
    "iptables nft": ("iptables", {"rules": RULES.replace("DOCKER-CT", "OTHER-CT"), "backend": "nft"}),
    "file": (
        "file",
        {"files": [{"path": "/etc/deep/a", "content": "one\n"}, {"path": "/etc/b", "content": "", "mode": "0600"}]},
    ),
    "file mode": ("file", {"files": [{"path": "/etc/b", "content": "", "mode": "0640"}]}),
    "service": (
        "service",
        {
            "name": "dnsmasq",
            "argv": ["dnsmasq", "--conf-file=/etc/b", "--pid-file=/run/d.pid", "--user=root", "--group="],
            "pidfile": "/run/d.pid",
            "config": ["/etc/b"],
        },
    ),
    "service stopped": (
        "service",
        {
            "name": "dnsmasq",
            "argv": ["dnsmasq", "--conf-file=/etc/b", "--pid-file=/run/d.pid", "--user=root", "--group="],
            "pidfile": "/run/d.pid",
            "state": "stopped",
        },
    ),
}


@pytest.fixture(scope="module")
def bare() -> Iterator[Fleet]:
    machines = Fleet(world_of(WORLD))
    yield machines
    machines.close()


def state() -> str:
    """Everything a module could have changed."""
    script = """ip -d -o link | sed "s/_timer *[0-9.]*//g"; ip -o addr | grep -v "scope link"
    ip route; ip -6 route; bridge fdb; ip neigh show nud permanent
    iptables-save | grep -v '^#'; ip6tables-save | grep -v '^#'; grep -r . /etc/b /etc/deep /etc/sysctl.d /etc/systemd
    ls -l /etc /run; sysctl net.ipv4.ip_forward net.ipv4.conf.eth0.rp_filter; pgrep -a dnsmasq"""
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False).stdout


def test_idempotent_and_honest_in_check_mode(bare: Fleet) -> None:
    """Every case, in order: some build on what an earlier one has left."""
    for case, (module, arguments) in CASES.items():
        answers, before, after = bare.run(lambda m=module, a=arguments: four_runs(m, a), at="node1")
        assert [a.get("msg") for a in answers] == [None] * 4, case
        assert [a["changed"] for a in answers] == [True, True, False, False], case
        assert before == after, case


def four_runs(module: Any, arguments: Any) -> tuple[list[Any], str, str]:
    """The answers in check mode, for real, again, and in check mode again; the state before and after the first."""
    before = state()
    answers = [run_module(module, arguments, check=True)]
    after = state()
    answers += [run_module(module, arguments), run_module(module, arguments)]
    answers.append(run_module(module, arguments, check=True))
    return answers, before, after


def test_iptables_legacy_says_the_same_text(bare: Fleet) -> None:
    usable = bare.run(
        lambda: subprocess.run(["iptables-legacy-save", "-t", "nat"], capture_output=True).returncode, at="node2"
    )
    if usable:
        pytest.skip("this kernel has no iptables-legacy")
    answers = bare.run(
        lambda: [
            run_module("iptables", {"rules": r, "family": f, "backend": "legacy"})
            for r, f in ((RULES, 4), (RULES6, 6)) * 2
        ],
        at="node2",
    )
    assert [a.get("msg") for a in answers] == [None] * 4
    assert [a["changed"] for a in answers] == [True, True, False, False]


def test_a_rule_in_other_words_is_an_error_and_not_a_change_forever(bare: Fleet) -> None:
    answer = bare.run(
        lambda: run_module("iptables", {"rules": "*filter\n:X -\n-A X -p tcp --dport 80 -j DROP\n"}), at="node2"
    )
    assert answer["failed"]
    assert "not written as iptables-save prints them" in answer["msg"]


def test_a_service_that_cannot_start_says_why(bare: Fleet) -> None:
    arguments = {"name": "x", "argv": ["dnsmasq", "--no-such-option"], "pidfile": "/run/x.pid"}
    answer = bare.run(lambda: run_module("service", arguments), at="node2")
    assert answer["failed"]
    assert "no-such-option" in answer["msg"] or "bad command line" in answer["msg"]


def test_a_service_restarts_when_its_configuration_changes(bare: Fleet) -> None:
    arguments = {
        "name": "r",
        "argv": ["dnsmasq", "--conf-file=/etc/r", "--pid-file=/run/r.pid", "--user=root", "--group="],
    }
    arguments |= {"pidfile": "/run/r.pid", "config": ["/etc/r"]}

    def story() -> list[dict[str, Any]]:
        content = {"path": "/etc/r", "content": "port=5399\n"}
        run_module("file", {"files": [content]})
        answers = [run_module("service", arguments), run_module("service", arguments)]
        run_module("file", {"files": [content | {"content": "port=5398\n"}]})
        return [*answers, run_module("service", arguments), run_module("service", arguments)]

    answers = bare.run(story, at="node2")
    assert [a["action"] for a in answers] == ["start", "none", "restart", "none"]
    assert answers[0]["pid"] == answers[1]["pid"] != answers[2]["pid"] == answers[3]["pid"]


def test_a_vxlan_device_that_cannot_be_changed_is_made_anew(bare: Fleet) -> None:
    again = VXLAN | {"vni": 2, "addresses": ["10.244.1.0/32"], "name": "flannel.9", "port": 8479}

    def story() -> list[dict[str, Any]]:
        return [
            run_module("link", again),
            run_module("link", again | {"vni": 3}),
            run_module("link", again | {"vni": 3}),
        ]

    first, second, third = bare.run(story, at="node2")
    assert [first["changed"], second["changed"], third["changed"]] == [True, True, False]
    assert third["link"]["vni"] == 3
    assert third["link"]["addresses"] == ["10.244.1.0/32"]
