"""One run of the playbooks."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..assets import asset
from ..errors import ConvergeError
from ..inventory import inventory
from ..world import World
from .environment import environment
from .events import Convergence, Events, Progress
from .standby import Standby

__all__ = ["converge"]


def converge(
    world: World,
    pids: Mapping[str, int] | None,
    *,
    work: Path,
    check: bool = False,
    diff: bool = False,
    tags: Collection[str] = (),
    limit: Collection[str] = (),
    playbooks: Path | None = None,
    standby: Standby | None = None,
    inventories: Sequence[Path] = (),
    on_progress: Callable[[Progress], None] | None = None,
) -> Convergence:
    """Run the playbooks on every machine of `world`, and say what they changed.

    `pids` maps a machine to its first process, as this process sees it. None leaves the machines to be reached over
    SSH. `work` is a directory for this run's files, and is kept. With `check` nothing is changed; with `diff` the
    changes carry their text. `tags` and `limit` are Ansible's, empty means everything; `playbooks` is a directory with
    a site.yml, the shipped one by default; `standby` is an Ansible that was started before. `inventories`
    say how real machines are reached, and override what the world says of them. Raises ConvergeError where
    a task fails, a machine cannot be entered, a playbook cannot be read, or Ansible itself does not come to its end.
    """
    from ansible_runner import Runner

    started = time.monotonic()
    where, hosts, events = playbooks or asset("playbooks"), _document(world, pids, work), Events(world, on_progress)
    command = standby.command() if standby else [sys.executable, "-m", "ansible.cli.playbook"]
    command += [w for i in (hosts, *inventories) for w in ("-i", str(i))]
    command += [*_arguments(check, diff, tags, limit), str(where / "site.yml")]
    runner = Runner(_configuration(hosts, work, where, command, over_ssh=pids is None), event_handler=events.event)
    status, _ = runner.run()
    events.convergence.seconds = time.monotonic() - started
    if events.failures:
        raise events.failures[0]
    if status != "successful":
        raise ConvergeError(_last_words(runner.stdout.read()))
    return events.convergence


def _document(world: World, pids: Mapping[str, int] | None, work: Path) -> Path:
    work.mkdir(parents=True, exist_ok=True)
    path = work / "inventory.json"
    path.write_text(json.dumps(inventory(world, pids)))
    return path


def _arguments(check: bool, diff: bool, tags: Collection[str], limit: Collection[str]) -> list[str]:
    return [
        *(["--check"] if check else []),
        *(["--diff"] if diff else []),
        *(["--tags", ",".join(tags)] if tags else []),
        *(["--limit", ",".join(limit)] if limit else []),
    ]


def _configuration(hosts: Path, work: Path, where: Path, command: list[str], *, over_ssh: bool) -> Any:
    # A tenth of a second to import, which only those pay who converge.
    from ansible_runner import RunnerConfig

    shutil.rmtree(work / "artifacts", ignore_errors=True)
    config = RunnerConfig(
        private_data_dir=str(work),
        ident="run",
        playbook=str(where / "site.yml"),
        inventory=str(hosts),
        project_dir=str(where),
        quiet=True,
        suppress_env_files=True,
    )
    config.prepare()
    config.command = command
    config.cwd = str(where)
    runners = {k: str(v) for k, v in config.env.items() if k.startswith(("AWX_", "RUNNER_"))}
    config.env = runners | environment(work, where, over_ssh=over_ssh)
    return config


def _last_words(output: str) -> str:
    """The error Ansible printed before it gave up; without one, that it was killed or crashed, and where it was."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    start = next((i for i, line in enumerate(lines) if line.startswith(("ERROR", "[ERROR]"))), None)
    if start is None:
        return "\n  ".join(["Ansible ended without a word of why. The last it said:", *lines[-5:]])
    return "\n  ".join(lines[start : start + 12]).removeprefix("[ERROR]: ").removeprefix("ERROR! ")
