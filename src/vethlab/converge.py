"""Configuring the machines of a lab: the playbooks, run by ansible-runner.

    inventory(world, pids) ──> ansible-playbook site.yml ──events──> Progress … Convergence, or ConvergeError

Ansible sees an environment of ours alone: no configuration, collections, vault or callbacks of the user.
"""

from __future__ import annotations

import difflib
import errno
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import vethlab

from .assets import asset
from .errors import ConvergeError
from .inventory import inventory
from .world import World

__all__ = ["Change", "Convergence", "Converging", "NodeConvergence", "Progress", "converge"]

Status = Literal["ok", "changed", "skipped", "failed", "unreachable"]
#: What Ansible says of a task on a node, and what we call it.
_STATUS: dict[str, Status] = {
    "runner_on_ok": "ok",
    "runner_on_skipped": "skipped",
    "runner_on_failed": "failed",
    "runner_on_unreachable": "unreachable",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """One task is done on one node."""

    node: str
    role: str
    task: str
    status: Status


@dataclass(frozen=True, slots=True)
class Change:
    """A task that changed something, or would have (check mode). `diff` is text: what goes (-) and what comes (+)."""

    role: str
    task: str
    diff: str = ""


@dataclass(slots=True)
class NodeConvergence:
    """How many tasks came to what on one node, and what changed there, in order."""

    ok: int = 0
    changed: int = 0
    skipped: int = 0
    failed: int = 0
    changes: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class Convergence:
    """What a run of the playbooks did. `seconds` is wall-clock time, Ansible's start included."""

    nodes: dict[str, NodeConvergence]
    seconds: float = 0.0

    @property
    def changed(self) -> int:
        """Tasks that changed something, over all nodes."""
        return sum(n.changed for n in self.nodes.values())

    def to_json(self) -> dict[str, Any]:
        return {
            "changed": self.changed,
            "seconds": round(self.seconds, 3),
            "nodes": {
                name: {"ok": n.ok, "changed": n.changed, "skipped": n.skipped, "failed": n.failed}
                | {"changes": [{"role": c.role, "task": c.task, "diff": c.diff} for c in n.changes]}
                for name, n in self.nodes.items()
            },
        }


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
    on_progress: Callable[[Progress], None] | None = None,
) -> Convergence:
    """Run the playbooks on every machine of `world`, and say what they changed.

    `pids` maps a machine to its first process, as this process sees it. None leaves the machines to be reached over
    SSH. `work` is a directory for this run's files, and is kept. With `check` nothing is changed; with `diff` the
    changes carry their text. `tags` and `limit` are Ansible's, empty means everything; `playbooks` is a directory with
    a site.yml, the shipped one by default. Raises ConvergeError where a task fails, a machine cannot be entered, a
    playbook cannot be read, or Ansible itself ends otherwise than by finishing.
    """
    return _play(world, pids, work, playbooks, _arguments(check, diff, tags, limit), _Run(world, on_progress))


class Converging:
    """Ansible, starting up while the machines are still being made.

    Its start takes as long as its work. `finish` tells it the machines' processes, and is otherwise as `converge`.
    """

    def __init__(
        self,
        world: World,
        *,
        work: Path,
        playbooks: Path | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._fifo = work / "pids"
        work.mkdir(parents=True, exist_ok=True)
        self._fifo.unlink(missing_ok=True)
        os.mkfifo(self._fifo, 0o600)
        later = dict.fromkeys(world.machines, 0)
        self._pool = ThreadPoolExecutor(1, "converge")
        self._cancelled = False
        self._play = self._pool.submit(
            _play, world, later, work, playbooks, [], _Run(world, on_progress), self._fifo, lambda: self._cancelled
        )

    def finish(self, pids: Mapping[str, int]) -> Convergence:
        """Every machine is there and has its cables and addresses: go. Raises ConvergeError as `converge` does."""
        self._tell(json.dumps(dict(pids)))
        return self._end()

    def cancel(self) -> None:
        """The machines will not come. Returns when Ansible is gone."""
        self._cancelled = True
        self._tell("")
        self._pool.shutdown()
        self._fifo.unlink(missing_ok=True)

    def _end(self) -> Convergence:
        try:
            return self._play.result()
        finally:
            self._pool.shutdown()
            self._fifo.unlink(missing_ok=True)

    def _tell(self, words: str) -> None:
        """Write to the FIFO once Ansible reads it, unless it ends before."""
        while not self._play.done():
            try:
                descriptor = os.open(self._fifo, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                time.sleep(0.002)  # nobody reads yet: Ansible is still starting
                continue
            os.set_blocking(descriptor, True)
            with os.fdopen(descriptor, "w") as fifo:
                fifo.write(words)
            return


class _Run:
    """Collects a run's events."""

    def __init__(self, world: World, on_progress: Callable[[Progress], None] | None) -> None:
        self.convergence = Convergence({name: NodeConvergence() for name in world.machines})
        self.failures: list[ConvergeError] = []
        self._on_progress = on_progress

    def event(self, event: dict[str, Any]) -> bool:
        """Take one event of the runner's. The answer False says that it need not be written to a file."""
        data = event.get("event_data", {})
        status = _STATUS.get(event.get("event", ""))
        if status and data.get("host") in self.convergence.nodes:
            self._finished(status, data)
        return False

    def _finished(self, status: Status, data: dict[str, Any]) -> None:
        result = data.get("res", {})
        if status == "ok" and result.get("changed"):
            status = "changed"
        if status == "failed" and data.get("ignore_errors"):
            status = "ok"
        done = Progress(data["host"], data.get("role", ""), data.get("task", ""), status)
        self._count(done, result)
        if status in ("failed", "unreachable"):
            self.failures.append(ConvergeError(_reason(result), node=done.node, role=done.role, task=done.task))
        if self._on_progress:
            self._on_progress(done)

    def _count(self, done: Progress, result: dict[str, Any]) -> None:
        node = self.convergence.nodes[done.node]
        match done.status:
            case "changed":
                node.changed += 1
                node.changes.append(Change(done.role, done.task, _diff(result)))
            case "ok":
                node.ok += 1
            case "skipped":
                node.skipped += 1
            case _:
                node.failed += 1


def _reason(result: dict[str, Any]) -> str:
    """Why a task failed, in the module's words; of a loop, the first item that failed."""
    items = [r for r in result.get("results", []) if r.get("failed")]
    if items:
        return _reason(items[0])
    message = str(result.get("msg") or result.get("module_stderr") or result.get("exception") or "no reason was given")
    return message.strip()


def _diff(result: dict[str, Any]) -> str:
    items = result.get("results") or [result]
    return "".join(_diff_text(d) for item in items for d in _several(item.get("diff")))


def _several(diff: Any) -> list[dict[str, Any]]:
    return [] if not diff else diff if isinstance(diff, list) else [diff]


def _diff_text(diff: dict[str, Any]) -> str:
    before, after = (str(diff.get(k) or "").splitlines(keepends=True) for k in ("before", "after"))
    names = (str(diff.get("before_header") or "before"), str(diff.get("after_header") or "after"))
    return "".join(difflib.unified_diff(before, after, *names, n=0))


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


def _play(
    world: World,
    pids: Mapping[str, int] | None,
    work: Path,
    playbooks: Path | None,
    arguments: list[str],
    run: _Run,
    fifo: Path | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Convergence:
    # A tenth of a second to import, which only those pay who converge.
    from ansible_runner import Runner

    started = time.monotonic()
    where = playbooks or asset("playbooks")
    runner = Runner(
        _configuration(_document(world, pids, work), work, where, arguments, len(world.machines), fifo),
        event_handler=run.event,
        cancel_callback=cancelled,
    )
    status, _ = runner.run()
    run.convergence.seconds = time.monotonic() - started
    if run.failures:
        raise run.failures[0]
    if status != "successful":
        raise ConvergeError(_last_words(runner.stdout.read()))
    return run.convergence


def _configuration(hosts: Path, work: Path, where: Path, arguments: list[str], forks: int, fifo: Path | None) -> Any:
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
    config.command = [
        *(sys.executable, "-m", "ansible.cli.playbook"),
        *("-i", str(hosts), *arguments, str(where / "site.yml")),
    ]
    config.cwd = str(where)
    config.env = _environment(config.env, work, where, forks) | ({"VETHLAB_PIDS": str(fifo)} if fifo else {})
    return config


def _environment(runner: Mapping[str, str], work: Path, playbooks: Path, forks: int) -> dict[str, str]:
    """What the runner itself needs, and ours; nothing of the user's but PATH."""
    needed = ("AWX_", "RUNNER_", "ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_STDOUT_CALLBACK", "ANSIBLE_RETRY_FILES")
    theirs = {k: str(v) for k, v in runner.items() if k.startswith(needed)}
    temporary = work / "tmp"
    return theirs | {
        "PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"]),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HOME": str(work),
        "TMPDIR": "/tmp",
        "PYTHONPATH": str(Path(vethlab.__file__).resolve().parents[1]),
        "ANSIBLE_CONFIG": str(playbooks / "ansible.cfg"),
        "ANSIBLE_HOME": str(temporary),
        "ANSIBLE_LOCAL_TEMP": str(temporary),
        "ANSIBLE_REMOTE_TEMP": "/tmp/.ansible",
        "ANSIBLE_FORKS": str(max(forks, 1)),
        "ANSIBLE_INVENTORY_ENABLED": "yaml",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_NO_TARGET_SYSLOG": "1",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
    }


def _last_words(output: str) -> str:
    """The error Ansible printed before it gave up; without one, that it was killed or crashed, and where it was."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    start = next((i for i, line in enumerate(lines) if line.startswith(("ERROR", "[ERROR]"))), None)
    if start is None:
        return "\n  ".join(["Ansible ended without a word of why. The last it said:", *lines[-5:]])
    return "\n  ".join(lines[start : start + 12]).removeprefix("[ERROR]: ").removeprefix("ERROR! ")
