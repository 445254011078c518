# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""Waiting until BIRD's sessions are established and what they bring is in the kernel's table."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.vethlab.net.plugins.module_utils.netlink import attribute, netlink, routes

DOCUMENTATION = r"""
module: bgp_ready
short_description: BIRD's BGP sessions are established, and given prefixes are routed
description:
  - Changes nothing. Asks BIRD by its control socket, and the kernel, until both are content or the time is up; then
    it fails and names the sessions that are not established, with BIRD's own words, and the prefixes without a route.
options:
  socket: {type: path, required: true, description: "BIRD's control socket (bird -s)."}
  prefixes: {type: list, elements: str, default: [], description: Destinations the kernel must have a route to.}
  timeout: {type: float, default: 30, description: Seconds to wait.}
requirements: [pyroute2 >= 0.9]
"""
EXAMPLES = r"""
- vethlab.net.bgp_ready: {socket: /run/bird.ctl, prefixes: [10.244.0.128/26]}
"""
RETURN = r"""
sessions: {description: Each session and its state., returned: always, type: dict}
"""

SPEC: dict[str, Any] = {
    "socket": {"type": "path", "required": True},
    "prefixes": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "float", "default": 30.0},
}
MAIN = 254
#: A line of `show protocols`: name, what it speaks, table, state, since, and for BGP its own state and last error.
LINE = re.compile(r"^(?:1002-| )(\S+)\s+BGP\s+\S+\s+(\S+)\s+\S+\s*(.*)$")


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    wanted = {str(ipaddress.ip_network(p)) for p in module.params["prefixes"]}
    if module.check_mode:
        module.exit_json(changed=False, sessions={})
    deadline = time.monotonic() + module.params["timeout"]
    with netlink(module) as route:
        while True:
            found = sessions(module.params["socket"])
            waiting = {name: state for name, state in found.items() if state != "Established"}
            missing = wanted - routed(route)
            if found and not waiting and not missing:
                module.exit_json(changed=False, sessions=found)
            if time.monotonic() > deadline:
                module.fail_json(msg=told(waiting, missing, module.params["socket"] if not found else ""))
            time.sleep(0.05)


def sessions(path: str) -> dict[str, str]:
    """Each BGP session and its state; empty when BIRD does not answer, or has none."""
    try:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(5)
            channel.connect(path)
            reply(channel)
            channel.sendall(b"show protocols\n")
            lines = reply(channel).splitlines()
    except OSError:
        return {}
    return {m[1]: m[3].strip() or m[2] for m in map(LINE.match, lines) if m}


def reply(channel: socket.socket) -> str:
    """Up to the line whose code a space follows, which is the last."""
    text = ""
    while not re.search(r"^\d{4} .*\n\Z", text, re.M):
        more = channel.recv(65536).decode(errors="replace")
        if not more:
            break
        text += more
    return text


def routed(route: Any) -> set[str]:
    return {f"{attribute(r, 'RTA_DST')}/{r['dst_len']}" for r in routes(route, table=MAIN) if attribute(r, "RTA_DST")}


def told(waiting: dict[str, str], missing: set[str], silent: str) -> str:
    parts = [f"BIRD does not answer at {silent}, or has no sessions"] if silent else []
    parts += [f"session {name} is not established: {state}" for name, state in sorted(waiting.items())]
    parts += [f"no route to {', '.join(sorted(missing))}"] if missing else []
    return "; ".join(parts)


if __name__ == "__main__":
    main()
