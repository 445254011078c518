# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""A daemon: running, on its present configuration, and known to systemctl."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: service
short_description: A daemon that runs, on its present configuration
description:
  - The daemon goes to the background itself once it is ready, and writes its pidfile (systemd calls this C(forking)).
  - It is restarted when a file in O(config) or its unit is younger than its pidfile.
  - Writes the unit to /etc/systemd/system. Where systemd runs, systemd starts the daemon; elsewhere this module does.
options:
  name: {type: str, required: true, description: "The name of the unit, without .service."}
  description: {type: str, default: "", description: A line for systemctl status.}
  argv: {type: list, elements: str, required: true, description: "The program, as a path or a name, and arguments."}
  pidfile: {type: path, required: true, description: Where the daemon writes its process id.}
  config: {type: list, elements: path, default: [], description: Files it reads when it starts.}
  state: {type: str, choices: [started, stopped], default: started, description: Whether it should run.}
"""
EXAMPLES = r"""
- vethlab.net.service:
    name: dnsmasq
    argv: [dnsmasq, --conf-file=/etc/dnsmasq.conf, --pid-file=/run/dnsmasq.pid]
    pidfile: /run/dnsmasq.pid
    config: [/etc/dnsmasq.conf]
"""
RETURN = r"""
action: {description: "What was done: none, start, restart or stop.", returned: always, type: str}
pid: {description: "Its process id, as seen on the machine itself.", returned: when it runs, type: int}
"""

SPEC: dict[str, Any] = {
    "name": {"required": True},
    "description": {"default": ""},
    "argv": {"type": "list", "elements": "str", "required": True},
    "pidfile": {"type": "path", "required": True},
    "config": {"type": "list", "elements": "path", "default": []},
    "state": {"choices": ["started", "stopped"], "default": "started"},
}
UNIT = """\
[Unit]
Description={description}

[Service]
Type=forking
PIDFile={pidfile}
ExecStart={command}
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""
#: Seconds a daemon may take to start or to end.
PATIENCE = 10.0


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    argv = [module.get_bin_path(module.params["argv"][0], required=True), *module.params["argv"][1:]]
    unit = Path("/etc/systemd/system", f"{module.params['name']}.service")
    content = unit_text(module.params, argv)
    recorded = unit.read_text() if unit.exists() else ""
    pid = running(Path(module.params["pidfile"]), argv[0])
    action = choose(module.params, pid, recorded != content)
    if not module.check_mode:
        if recorded != content:
            unit.parent.mkdir(parents=True, exist_ok=True)
            unit.write_text(content)
        perform(module, action, pid, argv)
        pid = running(Path(module.params["pidfile"]), argv[0])
    shown = {"before": f"{recorded}# running: {bool(pid)}\n", "after": f"{content}# {action}\n"}
    changed = action != "none" or recorded != content
    module.exit_json(changed=changed, action=action, pid=pid, diff=shown if module._diff and changed else {})


def unit_text(params: dict[str, Any], argv: list[str]) -> str:
    return UNIT.format(
        description=params["description"] or params["name"], pidfile=params["pidfile"], command=" ".join(argv)
    )


def running(pidfile: Path, program: str) -> int | None:
    """The daemon's process id, if the pidfile names a living process of that program."""
    try:
        pid = int(pidfile.read_text())
        name = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
    except (OSError, ValueError):
        return None
    return pid if Path(name).name == Path(program).name else None


def choose(params: dict[str, Any], pid: int | None, unit_changed: bool) -> str:
    if params["state"] == "stopped":
        return "stop" if pid else "none"
    if not pid:
        return "start"
    started = Path(params["pidfile"]).stat().st_mtime_ns
    newer = any(Path(c).stat().st_mtime_ns > started for c in params["config"] if Path(c).exists())
    return "restart" if newer or unit_changed else "none"


def perform(module: AnsibleModule, action: str, pid: int | None, argv: list[str]) -> None:
    if Path("/run/systemd/system").is_dir():
        if action != "none":
            module.run_command(["systemctl", "daemon-reload"], check_rc=True)
            module.run_command(["systemctl", action, module.params["name"]], check_rc=True)
        return
    if action in ("stop", "restart") and pid:
        end(module, pid)
    if action in ("start", "restart"):
        start(module, argv)


def end(module: AnsibleModule, pid: int) -> None:
    # By a child: in the worker of a lab only children are in the machine's PID namespace (setns(2)).
    subprocess.run(["kill", "-TERM", str(pid)], check=False, capture_output=True)
    if not wait(lambda: not alive(pid)):
        module.fail_json(msg=f"{module.params['name']} (process {pid}) did not end within {PATIENCE:.0f} s")


def start(module: AnsibleModule, argv: list[str]) -> None:
    """Until the daemon is in the background. Its words go to a file: a pipe would stay open as long as it lives."""
    with tempfile.TemporaryFile() as words:
        try:
            done = subprocess.run(
                argv, stdin=subprocess.DEVNULL, stdout=words, stderr=words, cwd="/", timeout=PATIENCE, check=False
            )
            status = f"status {done.returncode}" if done.returncode else ""
        except subprocess.TimeoutExpired:
            status = f"still in the foreground after {PATIENCE:.0f} s"
        words.seek(0)
        said = words.read().decode(errors="replace").strip()
    if status:
        module.fail_json(msg=f"{' '.join(argv)} failed ({status}): {said}")
    if not wait(lambda: running(Path(module.params["pidfile"]), argv[0])):
        module.fail_json(msg=f"{' '.join(argv)} left no {module.params['pidfile']}: {said}")


def alive(pid: int) -> bool:
    """A zombie that nobody has collected yet is not alive."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait(holds: Any) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


if __name__ == "__main__":
    main()
