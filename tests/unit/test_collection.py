"""The pure parts of the collection: the difference between rulesets, sysctl names, which daemon to restart."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

COLLECTIONS = Path(__file__).parents[2] / "playbooks/collections"


def part(name: str) -> ModuleType:
    if str(COLLECTIONS) not in sys.path:
        sys.path.append(str(COLLECTIONS))
    return importlib.import_module(f"ansible_collections.vethlab.net.plugins.{name}")


ruleset = part("module_utils.ruleset")


def apply(tables: dict[str, Any], script: str) -> dict[str, Any]:
    """What iptables-restore --noflush does, as its manual page says."""
    chains: dict[str, list[str]] = {}
    for line in script.splitlines():
        if line.startswith("*"):
            table = tables.setdefault(line[1:], ruleset.Table())
            chains = table.rules
        elif line.startswith(":"):
            chain, policy, _ = line[1:].split(" ", 2)
            table.policies[chain] = policy
            chains.setdefault(chain, [])
        elif line.startswith("-N "):
            table.policies[line[3:]] = "-"
            chains[line[3:]] = []
        elif line.startswith("-D "):
            _, chain, number = line.split()
            del chains[chain][int(number) - 1]
        elif line.startswith("-I "):
            _, chain, number, rule = line.split(" ", 3)
            chains.setdefault(chain, []).insert(int(number) - 1, rule)
        elif line.startswith("-A "):
            _, chain, rule = line.split(" ", 2)
            chains.setdefault(chain, []).append(rule)
    return tables


RULE = st.sampled_from([f"-j {c}" for c in "ABCDEFGH"])
CHAINS = st.lists(RULE, max_size=6)


def kernel(forward: list[str], own: list[str] | None, user: list[str]) -> dict[str, Any]:
    rules = {"FORWARD": list(forward), "USER": list(user)} | ({} if own is None else {"OWN": list(own)})
    policies = {c: "ACCEPT" if c == "FORWARD" else "-" for c in rules}
    return {"filter": ruleset.Table(policies, rules)}


@given(CHAINS, st.none() | CHAINS, CHAINS, CHAINS, st.lists(RULE, max_size=3, unique=True), st.booleans())
def test_one_run_settles_it(
    forward: list[str], own: list[str] | None, user: list[str], wanted: list[str], among: list[str], owns: bool
) -> None:
    lines = ["*filter", ":FORWARD DROP", ":OWN -", "-N USER", "-I FORWARD 1 -j USER"]
    lines += [f"-A OWN {r}" for r in wanted] + [f"-A FORWARD {r}" for r in among]
    declared = ruleset.parse_declared("\n".join(lines))
    patterns = ["-j [GH]$"] if owns else []
    before = kernel(forward, own, user)
    after = apply(kernel(forward, own, user), ruleset.commands(before, ruleset.settle(before, declared, patterns)))
    table = after["filter"]
    assert table.rules["OWN"] == wanted
    assert table.rules["USER"] == user
    assert table.policies["FORWARD"] == "DROP"
    assert table.rules["FORWARD"][0] == "-j USER"
    ours = [r for r in table.rules["FORWARD"] if r in among]
    assert ours == among
    foreign = [r for r in forward if r not in among and r != "-j USER" and not (owns and r[-1] in "GH")]
    assert [r for r in table.rules["FORWARD"] if r not in among and r != "-j USER"] == foreign
    assert ruleset.commands(after, ruleset.settle(after, declared, patterns)) == ""


def test_a_line_that_means_nothing_is_named() -> None:
    with pytest.raises(ruleset.RulesetError, match=r"line 2 .*--append"):
        ruleset.parse_declared("*nat\n--append FORWARD\n")


def test_rules_need_a_table() -> None:
    with pytest.raises(ruleset.RulesetError, match="line 1"):
        ruleset.parse_declared("-A FORWARD -j DROP\n")


def test_a_chain_with_nothing_declared_is_left_alone() -> None:
    before = kernel(["-j A"], ["-j B"], ["-j C"])
    assert ruleset.settle(before, ruleset.parse_declared("*filter\n-N USER\n"))["filter"].rules == {"USER": ["-j C"]}


def test_a_sysctl_of_the_whole_machine_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    sysctl = part("modules.sysctl")

    class Refusing:
        def write_text(self, text: str) -> None:
            raise PermissionError

    class Module:
        def fail_json(self, msg: str) -> None:
            raise AssertionError(msg)

    monkeypatch.setattr(sysctl, "path", lambda key: Refusing())
    with pytest.raises(AssertionError, match="nf_conntrack_max is read-only here: it belongs to the whole machine"):
        sysctl.write(Module(), {"net.netfilter.nf_conntrack_max": "1"})


def test_interfaces_with_dots_are_written_with_slashes() -> None:
    sysctl = part("modules.sysctl")
    assert str(sysctl.path("net/ipv4/conf/eth0.100/rp_filter")) == "/proc/sys/net/ipv4/conf/eth0.100/rp_filter"
    assert str(sysctl.path("net.ipv4.ip_forward")) == "/proc/sys/net/ipv4/ip_forward"


def test_families() -> None:
    family = part("filter.family")
    assert family.of_family(["10.0.0.1", "fd00::1"], 6) == ["fd00::1"]
    assert family.families(["fd00::/64", "10.0.0.0/8", "10.1.0.0/16"]) == [4, 6]


@pytest.mark.parametrize("module", ["link", "vxlan_peers", "route", "sysctl", "iptables", "file", "service"])
def test_every_option_is_documented(module: str) -> None:
    import yaml

    code = part(f"modules.{module}")
    documented = yaml.safe_load(code.DOCUMENTATION)["options"]
    assert set(documented) == set(code.SPEC)
    assert {k for k, v in documented.items() if v.get("required")} == {
        k for k, v in code.SPEC.items() if v.get("required")
    }
    assert yaml.safe_load(code.EXAMPLES)
    assert yaml.safe_load(code.RETURN)
    collection = COLLECTIONS / "ansible_collections/vethlab/net/plugins"
    assert (collection / f"action/{module}.py").exists(), "the fast path needs an action plugin of the same name"
