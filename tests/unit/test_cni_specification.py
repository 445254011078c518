"""The pure part of the runtime, held against the worked examples of the specification's appendix (1.1.0)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vethlab.cni import Attachment, cache, configuration, result
from vethlab.cni.attachment import environment, stdin
from vethlab.cni.version import KNOWN
from vethlab.errors import CniError

BRIDGE: dict[str, Any] = {
    "type": "bridge",
    "bridge": "cni0",
    "keyA": ["some more", "plugin specific", "configuration"],
    "ipam": {
        "type": "host-local",
        "subnet": "10.1.0.0/16",
        "gateway": "10.1.0.1",
        "routes": [{"dst": "0.0.0.0/0"}],
    },
    "dns": {"nameservers": ["10.1.0.1"]},
}
TUNING: dict[str, Any] = {"type": "tuning", "capabilities": {"mac": True}, "sysctl": {"net.core.somaxconn": "500"}}
PORTMAP: dict[str, Any] = {"type": "portmap", "capabilities": {"portMappings": True}}
DBNET: dict[str, Any] = {"cniVersion": "1.0.0", "name": "dbnet", "plugins": [BRIDGE, TUNING, PORTMAP]}

NAME = "a `name` of letters, digits, '_', '.' and '-' was expected"

MAPPINGS = [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]
BLUE = Attachment(
    container_id="blue",
    netns="/var/run/netns/blue",
    capabilities={"mac": "00:11:22:33:44:66", "portMappings": MAPPINGS, "ipRanges": []},
)
AFTER_BRIDGE: dict[str, Any] = {
    "ips": [{"address": "10.1.0.5/16", "gateway": "10.1.0.1", "interface": 2}],
    "routes": [{"dst": "0.0.0.0/0"}],
    "interfaces": [
        {"name": "cni0", "mac": "00:11:22:33:44:55"},
        {"name": "veth3243", "mac": "55:44:33:22:11:11"},
        {"name": "eth0", "mac": "99:88:77:66:55:44", "sandbox": "/var/run/netns/blue"},
    ],
    "dns": {"nameservers": ["10.1.0.1"]},
}


def dbnet() -> configuration.Network:
    return configuration.parse(json.dumps(DBNET), "/etc/cni/net.d/10-dbnet.conflist")


def test_the_first_plugin_of_add_gets_its_configuration_name_and_version_alone() -> None:
    assert stdin(dbnet(), dbnet().plugins[0], BLUE) == {"cniVersion": "1.0.0", "name": "dbnet", **BRIDGE}


def test_the_next_gets_the_result_so_far_and_its_own_capabilities_alone() -> None:
    assert stdin(dbnet(), dbnet().plugins[1], BLUE, AFTER_BRIDGE) == {
        "cniVersion": "1.0.0",
        "name": "dbnet",
        "type": "tuning",
        "sysctl": {"net.core.somaxconn": "500"},
        "runtimeConfig": {"mac": "00:11:22:33:44:66"},
        "prevResult": AFTER_BRIDGE,
    }


def test_portmap_gets_its_mappings() -> None:
    after_tuning = AFTER_BRIDGE | {
        "interfaces": [
            *AFTER_BRIDGE["interfaces"][:2],
            {"name": "eth0", "mac": "00:11:22:33:44:66", "sandbox": "/var/run/netns/blue"},
        ]
    }
    assert stdin(dbnet(), dbnet().plugins[2], BLUE, after_tuning) == {
        "cniVersion": "1.0.0",
        "name": "dbnet",
        "type": "portmap",
        "runtimeConfig": {"portMappings": MAPPINGS},
        "prevResult": after_tuning,
    }


def test_no_runtime_config_where_nothing_is_offered() -> None:
    assert "runtimeConfig" not in stdin(dbnet(), dbnet().plugins[1], Attachment("blue"))


def test_the_environment_of_a_call() -> None:
    asked = Attachment("blue", "/var/run/netns/blue", args={"K8S_POD_NAME": "blue", "IgnoreUnknown": "1"})
    assert environment("ADD", ["/opt/cni/bin", "/usr/lib/cni"], asked) == {
        "CNI_COMMAND": "ADD",
        "CNI_CONTAINERID": "blue",
        "CNI_NETNS": "/var/run/netns/blue",
        "CNI_IFNAME": "eth0",
        "CNI_ARGS": "K8S_POD_NAME=blue;IgnoreUnknown=1",
        "CNI_PATH": "/opt/cni/bin:/usr/lib/cni",
    }
    assert environment("VERSION", ["/usr/lib/cni"]) == {"CNI_COMMAND": "VERSION", "CNI_PATH": "/usr/lib/cni"}


def test_gc_names_what_is_valid() -> None:
    asked = stdin(dbnet(), dbnet().plugins[2], valid=[("blue", "eth0")])
    assert asked["cni.dev/valid-attachments"] == [{"containerID": "blue", "ifname": "eth0"}]
    assert "runtimeConfig" not in asked


def test_what_is_kept_comes_back_as_it_was() -> None:
    entry = cache.Entry(dbnet(), BLUE, AFTER_BRIDGE)
    again = cache.parse(cache.render(entry), "file")
    assert (again.attachment, again.result, again.key) == (BLUE, AFTER_BRIDGE, ("blue", "eth0"))
    assert again.network.document() == dbnet().document() == DBNET


def test_a_result_tells_the_two_ends() -> None:
    found = result.parse(AFTER_BRIDGE, "1.0.0")
    assert (found.version, found.document["cniVersion"]) == ("1.0.0", "1.0.0")
    inside, outside = found.inside(), found.outside()
    assert inside
    assert outside
    assert (inside.name, outside.name, str(found.ips[0].address)) == ("eth0", "veth3243", "10.1.0.5/16")


@pytest.mark.parametrize("version", ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"])
def test_every_version_says_the_same_of_the_address(version: str) -> None:
    """Down to an old version and up again: the address and its gateway are all that every one has words for."""
    old = result.convert({"cniVersion": "1.1.0", **AFTER_BRIDGE}, version)
    assert old["cniVersion"] == version
    again = result.parse(result.convert(old, "1.1.0"), "1.1.0")
    assert [(str(ip.address), str(ip.gateway)) for ip in again.ips] == [("10.1.0.5/16", "10.1.0.1")]
    assert again.document["dns"] == {"nameservers": ["10.1.0.1"]}


def test_the_words_of_each_version() -> None:
    new = {
        "cniVersion": "1.1.0",
        "interfaces": [{"name": "eth0", "mtu": 1450, "sandbox": "/ns"}],
        "ips": [{"address": "10.1.0.5/16", "interface": 0}, {"address": "fd00::5/64", "interface": 0}],
        "routes": [{"dst": "0.0.0.0/0", "mtu": 1400, "table": 7}],
    }
    assert result.convert(new, "1.0.0") == {
        "cniVersion": "1.0.0",
        "interfaces": [{"name": "eth0", "sandbox": "/ns"}],
        "ips": [{"address": "10.1.0.5/16", "interface": 0}, {"address": "fd00::5/64", "interface": 0}],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    assert [ip["version"] for ip in result.convert(new, "0.4.0")["ips"]] == ["4", "6"]
    assert result.convert(new, "0.2.0") == {
        "cniVersion": "0.2.0",
        "ip4": {"ip": "10.1.0.5/16", "routes": [{"dst": "0.0.0.0/0"}]},
        "ip6": {"ip": "fd00::5/64", "routes": []},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1 column 2: Expecting property name enclosed in double quotes (code 6)"),
        ("[]", "a JSON object was expected (code 7)"),
        ("{}", "`plugins` was expected: a list with at least one plugin (code 7)"),
        ('{"name": "n", "plugins": []}', "`plugins` was expected: a list with at least one plugin (code 7)"),
        ('{"name": "a/b", "plugins": [1]}', f"{NAME}, not 'a/b' (code 7)"),
        ('{"name": "n", "plugins": [{}]}', "plugin 1 has no `type` (code 7)"),
        (
            '{"name": "n", "plugins": [{"type": "bridge"}, {"type": "../x"}]}',
            "plugin 2: `type` is the name of a binary, not a path: '../x' (code 7)",
        ),
        (
            '{"name": "n", "cniVersion": "2.0.0", "plugins": [{"type": "bridge"}]}',
            f"unsupported cniVersion 2.0.0; this runtime speaks {', '.join(KNOWN)} (code 7)",
        ),
        (
            '{"name": "n", "cniVersions": "1.0.0", "plugins": [{"type": "bridge"}]}',
            "`cniVersions` must be a list of versions, not '1.0.0' (code 7)",
        ),
        (
            '{"name": "n", "disableCheck": "perhaps", "plugins": [{"type": "bridge"}]}',
            "`disableCheck` must be true or false, not 'perhaps' (code 7)",
        ),
        (
            '{"name": "n", "plugins": [{"type": "bridge", "capabilities": ["mac"]}]}',
            "plugin 1 (bridge): `capabilities` must be an object (code 7)",
        ),
    ],
)  # fmt: skip
def test_a_broken_configuration_is_told_exactly(text: str, message: str) -> None:
    with pytest.raises(CniError) as raised:
        configuration.parse(text, "/etc/cni/net.d/10-x.conflist")
    assert str(raised.value) == f"/etc/cni/net.d/10-x.conflist: {message}"


def test_the_latest_version_both_sides_know_is_taken() -> None:
    text = (
        '{"name": "n", "cniVersion": "0.4.0", "cniVersions": ["1.0.0", "1.1.0", "9.0.0"], "plugins": [{"type": "x"}]}'
    )
    assert configuration.parse(text, "f").version == "1.1.0"
    assert configuration.parse('{"name": "n", "plugins": [{"type": "x"}]}', "f").version == "0.1.0"


def test_the_older_form_is_a_list_of_one() -> None:
    found = configuration.parse('{"name": "n", "cniVersion": "0.3.1", "type": "ptp", "mtu": 1400}', "10-n.conf")
    assert ([p.type for p in found.plugins], found.version, found.name) == (["ptp"], "0.3.1", "n")


@pytest.mark.parametrize(
    ("attachment", "words"),
    [
        (Attachment(""), "a container id of"),
        (Attachment("-x"), "a container id of"),
        (Attachment("x", ifname="0123456789abcdef"), "an interface name of at most 15"),
        (Attachment("x", ifname="eth/0"), "an interface name of at most 15"),
        (Attachment("x", ifname=".."), "an interface name of at most 15"),
        (Attachment("x", args={"A": "b;C=d"}), "CNI_ARGS cannot hold A=b;C=d"),
    ],
)
def test_what_may_not_be_asked(attachment: Attachment, words: str) -> None:
    with pytest.raises(CniError, match=words) as raised:
        attachment.check()
    assert raised.value.code == 4


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "the result is NoneType"),
        ({"ips": [{"address": "10.1.0.5.6/16"}]}, "makes no sense"),
        ({"ips": [{"address": "10.1.0.5/16", "interface": 1}], "interfaces": [{"name": "eth0"}]}, "interface 1 of 1"),
        ({"interfaces": [{"mac": "00:11:22:33:44:55"}]}, "makes no sense"),
        ({"cniVersion": "7.0.0"}, "unknown version '7.0.0'"),
    ],
)
def test_an_answer_that_makes_no_sense(answer: Any, words: str) -> None:
    with pytest.raises(CniError, match=words):
        result.parse(answer, "1.0.0")
