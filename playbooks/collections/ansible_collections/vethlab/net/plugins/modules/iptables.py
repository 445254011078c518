# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""Whole chains of iptables, told in the words of iptables-save(8)."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.vethlab.net.plugins.module_utils.ruleset import (
    Declared,
    RulesetError,
    Table,
    commands,
    parse_declared,
    parse_saved,
    settle,
)

DOCUMENTATION = r"""
module: iptables
short_description: Whole chains, and single rules in other people's chains
description:
  - Reads the tables once, works out the difference, and applies it at once with C(iptables-restore --noflush).
  - A chain declared with C(:NAME -) has exactly the C(-A) lines given for it. C(:FORWARD DROP) sets the policy of a
    built-in chain. C(-N NAME) makes a chain that belongs to somebody else, and never changes it. C(-I CHAIN N) and
    C(-A CHAIN) put rules into built-in chains, at position N or in the given order. Nothing else is touched.
  - Rules must be written as iptables-save prints them. One that is not is an error after the first run, and not a
    change on every run.
options:
  rules: {type: str, required: true, description: "The ruleset, as iptables-restore reads it."}
  family: {type: int, choices: [4, 6], default: 4, description: iptables or ip6tables.}
  owns:
    {type: list, elements: str, default: [], description: "Regular expressions. A rule in a built-in chain that
     matches one and is not declared goes."}
  backend: {type: str, choices: [nft, legacy], description: Which of the two iptables; the machine's own if not given.}
"""
EXAMPLES = r"""
- vethlab.net.iptables:
    rules: |
      *nat
      :DOCKER -
      -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
    owns: ["-[io] docker0 "]
"""
RETURN = r"""
commands: {description: What iptables-restore was given., returned: always, type: str}
"""

SPEC: dict[str, Any] = {
    "rules": {"required": True},
    "family": {"type": "int", "choices": [4, 6], "default": 4},
    "owns": {"type": "list", "elements": "str", "default": []},
    "backend": {"choices": ["nft", "legacy"]},
}


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    try:
        declared = parse_declared(module.params["rules"])
    except RulesetError as error:
        module.fail_json(msg=str(error))
    now = read(module)
    wanted = settle(now, declared, module.params["owns"])
    script = commands(now, wanted)
    if script and not module.check_mode:
        restore(module, script)
        verify(module, declared, wanted)
    diff = {"before": text(now, wanted), "after": text(wanted, wanted)} if module._diff else {}
    module.exit_json(changed=bool(script), commands=script, diff=diff)


def program(module: AnsibleModule, what: str) -> str:
    """iptables-save, ip6tables-nft-restore and so on."""
    parts = ("iptables" if module.params["family"] == 4 else "ip6tables", module.params["backend"], what)
    return str(module.get_bin_path("-".join(p for p in parts if p), required=True))


def read(module: AnsibleModule) -> dict[str, Table]:
    _, output, _ = module.run_command([program(module, "save")], check_rc=True)
    return parse_saved(output)


def restore(module: AnsibleModule, script: str) -> None:
    argv = [program(module, "restore"), "--noflush", "--wait", "5"]
    status, _, errors = module.run_command(argv, data=script)
    if status:
        module.fail_json(msg=f"{argv[0]} refused: {errors.strip()}", commands=script)


def verify(module: AnsibleModule, declared: dict[str, Declared], wanted: dict[str, Table]) -> None:
    """Look again: a rule that is printed otherwise than it was written would be a change on every run."""
    now = read(module)
    again = settle(now, declared, module.params["owns"])
    if left := commands(now, again):
        shown = text(now, wanted)
        module.fail_json(
            msg=f"rules are not written as iptables-save prints them; it would still:\n{left}\nit prints:\n{shown}"
        )


def text(tables: dict[str, Table], shown: dict[str, Table]) -> str:
    """The chains of `shown` as they are in `tables`, in the words of iptables-save."""
    lines: list[str] = []
    for name, table in shown.items():
        lines.append(f"*{name}")
        there = tables.get(name, Table())
        chains = sorted(c for c in table.rules if c in there.policies)
        lines += [f":{c} {there.policies[c]}" for c in chains]
        lines += [f"-A {c} {r}" for c in chains for r in there.rules.get(c, [])]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
