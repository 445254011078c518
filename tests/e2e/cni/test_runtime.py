"""The runtime's own duties, with plugins that write down what they are asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from cluster import Node

from namespaces import Namespaces
from vethlab.errors import CniError

ONE = {"cniVersion": "1.0.0", "interfaces": [{"name": "eth0", "sandbox": "/ns"}], "ips": [{"address": "10.9.0.2/24"}]}
TWO = ONE | {"ips": [{"address": "10.9.0.3/24"}]}


def commands(node: Node) -> list[str]:
    return [f"{command} {plugin}" for command, plugin, _ in node.calls()]


def test_a_chain_runs_forwards_and_is_undone_backwards(netns: Namespaces) -> None:
    node = Node(netns)
    network = node.network(node.plugin("one", ADD=ONE), node.plugin("two", ADD=TWO), node.plugin("three", ADD=TWO))
    pod = node.pod("pod")
    assert node.runtime.add(network, pod).document["ips"] == TWO["ips"]
    node.runtime.check(network, pod)
    node.runtime.delete(network, pod)
    verbs = [("ADD", "one two three"), ("CHECK", "one two three"), ("DEL", "three two one")]
    assert commands(node) == [f"{verb} {name}" for verb, names in verbs for name in names.split()]
    previous = [asked.get("prevResult") for _, _, asked in node.calls()]
    assert previous == [None, ONE, TWO, *[TWO] * 6]


def test_a_failed_add_is_followed_by_del_and_nothing_is_kept(netns: Namespaces) -> None:
    node = Node(netns)
    error = {"cniVersion": "1.0.0", "code": 120, "msg": "no more room", "details": "at all"}
    second = node.plugin("second", how='[ "$CNI_COMMAND" = DEL ] && exit 0; cat "$0.ADD"; exit 1', ADD=error)
    network = node.network(node.plugin("first", ADD=ONE), second)
    with pytest.raises(CniError) as raised:
        node.runtime.add(network, node.pod("pod"))
    told = (
        "node/pod: plugin second ADD (network pods, /etc/cni/net.d/10-pods.conflist): no more room: at all (code 120)"
    )
    assert str(raised.value) == told
    assert commands(node) == ["ADD first", "ADD second", "DEL second", "DEL first"]
    assert node.store.attachments() == []


def test_the_same_attachment_is_not_made_twice(netns: Namespaces) -> None:
    node = Node(netns)
    network, pod = node.network(node.plugin("one", ADD=ONE)), node.pod("pod")
    node.runtime.add(network, pod)
    with pytest.raises(CniError, match="it is on the network by eth0 already: DEL it first"):
        node.runtime.add(network, pod)
    assert commands(node) == ["ADD one"]


def test_del_goes_by_the_configuration_of_the_add(netns: Namespaces) -> None:
    """Whatever became of the file since; and with nothing kept it goes by the file, without a result."""
    node = Node(netns)
    network, pod = node.network(node.plugin("one", ADD=ONE)), node.pod("pod")
    node.runtime.add(network, pod)
    changed = node.network(node.plugin("two", ADD=ONE))
    node.runtime.delete(changed, pod)
    node.runtime.delete(changed, pod)
    assert commands(node) == ["ADD one", "DEL one", "DEL two"]
    assert "prevResult" not in node.calls()[-1][2]


def test_a_failed_del_can_be_asked_again(netns: Namespaces) -> None:
    node = Node(netns)
    network, pod = node.network(node.plugin("one", how="[ -e /run/broken ] && exit 3", ADD=ONE)), node.pod("pod")
    node.runtime.add(network, pod)
    Path("/run/broken").touch()
    with pytest.raises(CniError, match="it ended with status 3 and without an error object"):
        node.runtime.delete(network, pod)
    Path("/run/broken").unlink()
    node.runtime.delete(network, pod)
    assert node.calls()[-1][2]["prevResult"] == ONE
    assert node.store.attachments() == []


def test_check_is_asked_only_where_it_may_be(netns: Namespaces) -> None:
    node = Node(netns)
    pod, one = node.pod("pod"), node.plugin("one", ADD=ONE)
    network = node.network(one, disableCheck=True)
    with pytest.raises(CniError, match=r"node/pod: CHECK .*: it is not on the network by eth0 \(code 3\)"):
        node.runtime.check(network, pod)
    node.runtime.add(network, pod)
    assert node.runtime.check(network, pod) == "/etc/cni/net.d/10-pods.conflist says disableCheck"
    with pytest.raises(CniError, match=r"CHECK came with version 0\.4\.0, and the configuration is of 0\.3\.1"):
        node.runtime.check(node.network(one, version="0.3.1"), pod)
    assert commands(node) == ["ADD one"]


def test_gc_removes_what_is_not_named_and_goes_on_past_errors(netns: Namespaces) -> None:
    node = Node(netns)
    stubborn = node.plugin("stubborn", how='[ "$CNI_COMMAND" = GC ] && exit 5', ADD=ONE)
    network = node.network(stubborn, node.plugin("tidy", ADD=ONE), version="1.1.0")
    for name in ("kept", "gone"):
        node.runtime.add(network, node.pod(name))
    errors = node.runtime.gc(network, [("kept", "eth0")])
    assert [(e.plugin, e.command) for e in errors] == [("stubborn", "GC")]
    assert commands(node)[4:] == ["DEL tidy", "DEL stubborn", "GC stubborn", "GC tidy"]
    assert node.calls()[-1][2]["cni.dev/valid-attachments"] == [{"containerID": "kept", "ifname": "eth0"}]
    assert [e.key for e in node.store.attachments()] == [("kept", "eth0")]
    older = node.network(stubborn, version="1.0.0")
    assert node.runtime.gc(older, []) == []
    assert commands(node)[-1] == "DEL stubborn"
    assert node.runtime.gc(node.network(stubborn, version="1.1.0", disableGC=True), []) == []


def test_status_and_version(netns: Namespaces) -> None:
    node = Node(netns)
    speaks = {"cniVersion": "1.1.0", "supportedVersions": ["1.0.0", "1.1.0"]}
    network = node.network(node.plugin("new", VERSION=speaks), node.plugin("silent"), version="1.1.0")
    assert node.runtime.status(network) is None
    assert node.runtime.versions(network) == {"new": ("1.0.0", "1.1.0"), "silent": ("0.1.0",)}
    why = node.runtime.status(node.network(node.plugin("new"), version="1.0.0"))
    assert why == "STATUS came with version 1.1.0, and the configuration is of 1.0.0; the plugins are there"
    refuses = node.plugin("off", how='cat "$0.STATUS"; exit 1', STATUS={"code": 50, "msg": "not yet"})
    with pytest.raises(CniError, match=r"plugin off STATUS .*: not yet \(code 50\)"):
        node.runtime.status(node.network(refuses, version="1.1.0"))


BAD = {
    "exit 4": r"it ended with status 4 and without an error object$",
    "echo boo >&2; exit 4": r"it ended with status 4 and without an error object; it said 'boo'$",
    "kill -SEGV $$": r"it died of SIGSEGV and without an error object$",
    "echo rubbish; exit 0": r"it printed no JSON but 'rubbish' \(code 6\)$",
    "echo '[1]'; exit 0": r"it printed no object but '\[1\]' \(code 6\)$",
    "exit 0": r"the result is NoneType, not an object \(code 6\)$",
    'echo \'{"code": "x", "msg": 1}\'; exit 1': r"it ended with status 1 and without an error object; it said",
    'echo \'{"cniVersion": "1.0.0", "ips": [{}]}\'; exit 0': r"the result makes no sense: 'address' \(code 6\)$",
    "yes": r"it printed more than 1 MiB, and was killed \(code 6\)$",
    "sleep 60 & wait": r"it has not finished within 0\.7 s, and was killed \(code 11\)$",
}


def test_a_plugin_that_misbehaves_is_told_and_undone(netns: Namespaces) -> None:
    """Each way has its words; the next pod is none the worse; and what was killed leaves no process."""
    node = Node(netns, seconds=0.7)
    for number, (how, words) in enumerate(BAD.items()):
        network = node.network(node.plugin(f"bad{number}", how=f'if [ "$CNI_COMMAND" = ADD ]; then {how}; fi'))
        with pytest.raises(CniError, match=words):
            node.runtime.add(network, node.pod("pod"))
        assert commands(node)[-1] == f"DEL bad{number}", how
    assert node.store.attachments() == []
    node.runtime.add(node.network(node.plugin("good", ADD=ONE)), node.pod("pod"))
    left = netns.run(None, "ps", "-eo", "args")
    assert "sleep 60" not in left
    assert "bad" not in left


def test_a_plugin_that_cannot_be_run(netns: Namespaces) -> None:
    node = Node(netns)
    with pytest.raises(CniError) as raised:
        node.runtime.add(node.network({"type": "nope"}), node.pod("pod"))
    assert raised.value.msg == 'failed to find plugin "nope" in path [/run/plugins /usr/lib/cni]'
    node.plugin("flat")
    Path("/run/plugins/flat").chmod(0o644)
    with pytest.raises(CniError, match="/run/plugins/flat is not executable"):
        node.runtime.add(node.network({"type": "flat"}), node.pod("pod"))
    binary = Path("/run/plugins/strange")
    binary.write_text("#!/no/such/interpreter\n")
    binary.chmod(0o755)
    with pytest.raises(CniError, match=r"plugin strange ADD .*: failed to execute /run/plugins/strange: No such file"):
        node.runtime.add(node.network({"type": "strange"}), node.pod("pod"))


def test_the_first_file_by_name_is_the_one_pods_get(netns: Namespaces) -> None:
    node = Node(netns)
    with pytest.raises(CniError, match=r"node: no network configuration found in /etc/cni/net\.d"):
        node.store.network()
    node.network(node.plugin("one"))
    (node.net_d / "05-first.conf").write_text('{"cniVersion": "0.3.1", "name": "first", "type": "one"}')
    (node.net_d / "00-ignored.txt").write_text("{")
    assert node.store.network().name == "first"
    assert [n.name for n in node.store.networks()] == ["first", "pods"]
    with pytest.raises(CniError, match=r"no network 'other' in /etc/cni/net\.d, which holds 05-first\.conf, 10-pods"):
        node.store.network("other")
    (node.net_d / "00-broken.conflist").write_text('{"name": "x",}')
    with pytest.raises(
        CniError, match=r"^node: /etc/cni/net\.d/00-broken\.conflist: line 1 column 1\d: .* \(code 6\)$"
    ):
        node.store.network()
