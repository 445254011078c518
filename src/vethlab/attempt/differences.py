"""What a candidate changed: the network state of every place before and after, as text, and its difference."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from .stage import Stage

__all__ = ["State", "difference", "snapshot"]

#: Place → its state as text.
State = dict[str, str]

#: Read with what stands still: no counters, no ages, no order of arrival. Nor is anything read that the kernel draws
#: anew in a lab that was reset: peers' indices, link-local addresses and the multicast they bring along.
_LINES = """
section() { printf '# %s\\n' "$1"; shift; "$@" 2>/dev/null | sort -s; }
keep() { printf '# %s\\n' "$1"; shift; "$@" 2>/dev/null || true; }
section addresses sh -c 'ip -br address | sed -e "s/@if[0-9]*//" -e "s/ fe80:[^ ]*//g"'
section links sh -c 'ip -o link | sed -e "s/^[0-9]*: //" -e "s/@if[0-9]*:/:/" -e "s/qdisc.*//"'
section routes sh -c 'ip route show table all | grep -v "fe80:\\|ff00::/8"'
keep rules ip rule
section neighbours sh -c 'ip neigh show nud permanent'
section ports sh -c 'bridge -d link | sed "s/^[0-9]*: //"'
section fdb sh -c 'bridge fdb show | grep -v "dev .* master .* \\(permanent\\)\\?$\\|^33:33:\\|^01:00:5e:"'
keep iptables sh -c 'iptables-save | grep -v "^#" | sed "s/\\[[0-9:]*\\]//"'
keep nftables sh -c 'nft list ruleset 2>/dev/null | sed "s/counter packets [0-9]* bytes [0-9]*/counter/"'
keep sysctl sh -c 'sysctl net.ipv4.ip_forward net.ipv4.ip_local_port_range net.ipv4.conf net.bridge net.netfilter \
  | grep -v "_count \\|stable_secret\\|buckets"'
for file in /etc/resolv.conf /etc/hosts /etc/nsswitch.conf; do keep $file cat $file; done
true
"""


def snapshot(stage: Stage) -> State:
    """The state of every place of a running lab. Changes nothing."""
    places = [*stage.prepared.world.machines, *stage.prepared.world.sandboxes]
    return {place: stage.look(place, _LINES) for place in places}


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, list[str]]:
    """Place → the lines that went (-) and came (+), under the heading they belong to."""
    found = {}
    for place in after:
        lines = list(_changed(before.get(place, "").splitlines(), after[place].splitlines()))
        if lines:
            found[place] = lines
    return found


def _changed(before: list[str], after: list[str]) -> list[str]:
    heading, told, lines = "", "", []
    for line in difflib.ndiff(before, after):
        mark, text = line[0], line[2:]
        if mark == "?":
            continue
        if text.startswith("# "):
            heading = text
        elif mark in "+-" and text.strip():
            lines += [heading] if heading != told else []
            told = heading
            lines.append(f"{mark}{text}")
    return lines
