"""Pods that CNI plugins put on their network, in a whole lab: shared pods, ports of the host, pods that come and go."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from namespaces import eventually
from vethlab.client import call
from vethlab.errors import CniError, InputError, LabError
from vethlab.outcome import Http, Reached, Refused, Timeout, Unreachable
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("cni-plugins")


def kept(lab: RunningLab, node: str) -> list[str]:
    """Whatever a pod could leave behind on its node: links, routes, rules, queues, leases, results, sandboxes."""
    lines = lab.run(
        node,
        "sh",
        "-c",
        "ip -o link | cut -d: -f2 | sort; ip route; bridge fdb show br cni0 | grep -v permanent; iptables-save -t nat;"
        " iptables-save -t filter; tc qdisc; ls /var/lib/cni/results /var/lib/cni/networks/pods; ps -eo args",
    ).stdout.splitlines()
    return sorted(re.sub(r"\[\d+:\d+\]|^# .*|last_reserved.*", "", line) for line in lines)


def test_containers_of_a_pod_share_its_network_and_nothing_else(lab: RunningLab) -> None:
    address = [
        json.loads(lab.run(f"web/{c}", "ip", "-json", "addr", "show", "eth0").stdout) for c in ("app", "sidecar")
    ]
    assert address[0] == address[1]
    assert json.loads(lab.run("web/sidecar", "curl", "-s", "http://localhost/").stdout)["identity"] == "web"
    refused = lab.run("web/sidecar", "nc", "-l", "-p", "80", check=False)
    assert "Address already in use" in refused.stderr
    assert lab.run("web/sidecar", "hostname").stdout == lab.run("web/app", "hostname").stdout == "web\n"
    lab.run("web/sidecar", "touch", "/tmp/mine")
    assert lab.run("web/app", "ls", "/tmp").stdout == ""
    processes = lab.run("web/sidecar", "ps", "-eo", "args").stdout
    assert "sleep infinity" in processes
    assert "python" not in processes


def test_who_is_seen_at_a_port_of_the_host(lab: RunningLab) -> None:
    """Over and above the topology's rows: the port goes with the pod's attachment, and comes back with it."""
    assert lab.probe("client", "192.168.1.101", http=8080) == Http(200, "203.0.113.80", "web")
    assert lab.probe("node1", "127.0.0.1", http=8080) == Http(200, "10.244.1.1", "web")
    lab.cni("node1", "del", "web")
    assert lab.probe("client", "192.168.1.101", http=8080) == Refused()
    assert "10.244.1.2:80" not in lab.run("node1", "iptables", "-t", "nat", "-S").stdout
    lab.cni("node1", "add", "web")
    assert lab.probe("client", "192.168.1.101", http=8080) == Http(200, "203.0.113.80", "web")
    assert lab.check().ok


def test_limits_are_in_the_kernel_at_both_ends(lab: RunningLab) -> None:
    """Ingress at the pod's end on the host, egress by an intermediate device that the plugin made."""
    queues = json.loads(lab.run("node1", "tc", "-json", "qdisc", "show").stdout)
    rates = {q["dev"]: q["options"]["rate"] for q in queues if q["kind"] == "tbf"}
    veth = lab.world.sandboxes["slow"].veth
    assert rates.pop(veth) == 20_000_000 // 8
    assert list(rates.values()) == [10_000_000 // 8]


def test_pods_come_and_go_and_leave_nothing(lab: RunningLab) -> None:
    before = kept(lab, "node1")
    names = [f"guest{n}" for n in range(20)]
    given = [lab.cni("node1", "add", name)["ips"][0]["address"] for name in names]
    assert len(set(given)) == len(names)
    assert lab.probe("far", "guest7", tcp=7) == Reached("10.244.2.2", "guest7")
    assert lab.probe("guest7", "client", http=80) == Http(200, "192.168.1.101", "client")
    for name in names:
        lab.cni("node1", "del", name)
    assert kept(lab, "node1") == before
    assert lab.probe("far", given[7].split("/")[0], tcp=7) in (Timeout(), Unreachable("host"))


def test_an_address_is_not_given_again_at_once(lab: RunningLab) -> None:
    first = lab.cni("node2", "add", "one")["ips"][0]["address"]
    lab.cni("node2", "del", "one")
    second = lab.cni("node2", "add", "two")["ips"][0]["address"]
    lab.cni("node2", "del", "two")
    assert first != second


def test_a_failed_pod_is_none_at_all(lab: RunningLab) -> None:
    """Its plugins fail: no namespace, no lease, no name; and the next one does not suffer from it."""
    before = kept(lab, "node1")
    lab.run("node1", "sh", "-c", "mv /etc/cni/net.d/10-pods.conflist /root; echo '{' > /etc/cni/net.d/10-pods.conflist")
    try:
        with pytest.raises(CniError) as raised:
            lab.cni("node1", "add", "guest")
    finally:
        lab.run("node1", "mv", "/root/10-pods.conflist", "/etc/cni/net.d/10-pods.conflist")
    error = raised.value
    assert (error.place, error.file, error.code) == ("node1", "/etc/cni/net.d/10-pods.conflist", 6)
    assert kept(lab, "node1") == before
    assert "guest" not in lab.state.places


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("router", "status"), "unknown host 'router'"),
        (("node1", "add"), "add wants the name of a pod"),
        (("node1", "fly"), "unknown verb 'fly'"),
        (("node1", "add", "far"), "'far' is on 'node2', not on 'node1'"),
        (("node1", "add", "Not_a_name"), "a pod cannot be called 'Not_a_name'"),
        (("node1", "add", "node2"), "a pod cannot be called 'node2'"),
    ],
)
def test_what_is_asked_wrongly(lab: RunningLab, asked: tuple[str, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        lab.cni(*asked)


def test_gc_takes_what_belongs_to_no_pod(lab: RunningLab) -> None:
    """The process of a pod ends without a DEL, as when a machine crashes."""
    lab.cni("node2", "add", "crashed")
    pid = lab.state.places["crashed"].pid
    lab.run("capsule", "kill", "-9", str(pid))
    (pool,) = inspect(lab, "node2")["pools"]
    assert pool["used"] == 3
    eventually(lambda: lab.cni("node2", "gc") == {"removed": ["crashed"]})
    (pool,) = inspect(lab, "node2")["pools"]
    assert (pool["used"], pool["leaked"]) == (2, [])
    assert lab.check().ok


def inspect(lab: RunningLab, node: str) -> dict[str, list[dict[str, object]]]:
    argv = [sys.executable, "-m", "vethlab", "inspect", lab.name, "--json"]
    document = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    found: dict[str, list[dict[str, object]]] = next(n["cni"] for n in document["nodes"] if n["name"] == node)
    return found


def test_check_finds_what_somebody_took_away(lab: RunningLab) -> None:
    """Without portmap and bandwidth in the chain, whose packaged versions fail here for reasons of their own."""
    shorter = "python3 - <<'E'\nimport json\np = '/etc/cni/net.d/20-bare.conflist'\n"
    shorter += "d = json.load(open('/etc/cni/net.d/10-pods.conflist'))\n"
    shorter += "json.dump(d | {'name': 'bare', 'plugins': d['plugins'][:1]}, open(p, 'w'))\nE"
    lab.run("node2", "sh", "-ec", shorter)
    lab.cni("node2", "add", "checked", network="bare")
    assert lab.cni("node2", "check", "checked", network="bare") == {"ok": True, "skipped": None}
    lab.run("checked", "ip", "route", "del", "default")
    with pytest.raises(CniError, match="plugin bridge CHECK"):
        lab.cni("node2", "check", "checked", network="bare")
    assert lab.probe("checked", "client", tcp=7) == Unreachable("no-route")
    lab.cni("node2", "del", "checked", network="bare")
    lab.run("node2", "rm", "/etc/cni/net.d/20-bare.conflist")


def test_a_second_converge_changes_nothing(lab: RunningLab) -> None:
    assert lab.converge()["changed"] == 0


def test_del_of_nobody_is_well_and_check_is_not(lab: RunningLab) -> None:
    with pytest.raises(LabError, match="it is not on the network by eth0"):
        lab.cni("node1", "check", "nobody")
    lab.cni("node1", "del", "nobody")


def test_a_pod_is_made_anew(lab: RunningLab) -> None:
    """By the plugins: its address, its ports and its containers are there again."""
    call(lab.registered, "/recreate", {"name": "web"})
    assert lab.check().ok
    assert lab.run("web/sidecar", "hostname").stdout == "web\n"


def test_a_reset_forgets_pods_that_no_file_declares(lab: RunningLab) -> None:
    lab.cni("node1", "add", "extra")
    call(lab.registered, "/reset", {})
    assert "extra" not in lab.state.places
    assert lab.check().ok
