"""Networks, containers, publications and options that nobody thought of: prediction and kernel must agree.

`VETHLAB_EXAMPLES=50` makes it a soak.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

_OPTION = "com.docker.network.bridge."
_PORTS = ("80", "8080:80", "127.0.0.1:8081:80", "7007:7/udp", "9001-9002:7-8")

modes = st.sampled_from(
    ({}, {}, {_OPTION + "gateway_mode_ipv4": "routed"}, {_OPTION + "gateway_mode_ipv4": "nat-unprotected"})
)
flags = st.sampled_from(({}, {}, {_OPTION + "enable_icc": "false"}, {_OPTION + "enable_ip_masquerade": "false"}))


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Any]:
    """One to four, of every kind that one file may mix."""
    found: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)):
        kind = draw(st.sampled_from(("bridge", "bridge", "internal", "overlay")))
        if kind == "overlay":
            found[name] = {"driver": "overlay", "internal": draw(st.booleans())}
            continue
        found[name] = {"internal": kind == "internal", "ipv6": draw(st.booleans())}
        found[name]["options"] = {} if kind == "internal" else draw(modes) | draw(flags)
        if draw(st.booleans()):
            found[name]["mtu"] = draw(st.sampled_from((1400, 1500)))
    return found


@st.composite
def container(draw: st.DrawFn, names: list[str], node: str, publish: list[str]) -> dict[str, Any]:
    """On docker0, on networks, or on the host's own."""
    where = draw(st.sampled_from(("networks", "networks", "docker0", "none")))
    found: dict[str, Any] = {"node": node}
    if where == "none":
        return found | {"network_mode": "none", "image": "busybox"}
    if where == "networks":
        chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        found["networks"] = [{"name": n, "aliases": draw(st.sampled_from(([], ["all"])))} for n in chosen]
    return found | {"publish": publish}


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Two hosts and somebody outside."""
    declared = draw(networks())
    containers = {}
    left = {"node1": list(_PORTS), "node2": list(_PORTS)}
    for i in range(draw(st.integers(2, 5))):
        node = draw(st.sampled_from(("node1", "node2")))
        publish = [left[node].pop() for _ in range(draw(st.integers(0, 2))) if left[node]]
        containers[f"c{i}"] = draw(container(list(declared), node, publish))
    return {
        "name": "random-networks",
        "switches": {"lan": {"subnets": ["192.168.1.0/24"]}, "isp": {"subnets": ["203.0.113.0/24"], "outside": True}},
        "nodes": {
            "node": {"count": 2, "links": ["lan"], "runs": ["echo"]},
            "router": {"role": "router", "links": ["lan", "isp"]},
            "web": {"role": "outside", "links": [{"switch": "isp", "addresses": ["203.0.113.80"]}], "runs": ["echo"]},
        },
        "docker": {"networks": declared},
        "containers": containers,
    }


def unmet(document: dict[str, Any], engine: str) -> list[str]:
    """What of a world came otherwise than predicted."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "world.yml")
        file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        argv = [sys.executable, "-m", "vethlab", "run", str(file), "--engine", engine, "--json"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    told: dict[str, Any] = json.loads(done.stdout)
    if "rows" not in told:
        return [done.stderr]
    return [
        f"{r['source']} → {r['target']} {r['probe']}: {r['observed']}, not {r['expected']}"
        for r in told["rows"]
        if not r["met"]
    ]


@given(document=worlds())
@settings(
    max_examples=int(os.environ.get("VETHLAB_EXAMPLES", "3")), derandomize=True, database=None, phases=[Phase.generate]
)
def test_what_is_predicted_comes_to_pass(document: dict[str, Any], engine: str) -> None:
    assert unmet(document, engine) == []
