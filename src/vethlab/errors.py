"""The exceptions of vethlab, and the exit status each one means.

VethlabError
├── InputError        2  a file or an argument is wrong; holds every Problem found, with its place
├── UnknownLab        2  no running lab has that name
├── MachineError      3  this machine cannot; holds what to do about it
├── LabError          1  a lab could not be brought up or has died
│   ├── ConvergeError 1  a playbook failed; holds node, role and task
│   ├── HostLost      1  a real machine could not be reached, or dropped off in the middle
│   └── CniError      1  a CNI plugin or its configuration failed; holds the plugin's own error, whole
└── ExpectationFailed 1  the network did not behave
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

__all__ = [
    "CniError",
    "ConvergeError",
    "ExpectationFailed",
    "HostLost",
    "InputError",
    "LabError",
    "MachineError",
    "Problem",
    "UnknownLab",
    "VethlabError",
    "from_json",
    "to_json",
]


class VethlabError(Exception):
    """Any error vethlab raises on purpose; `exit_status` is what the command line returns for it."""

    exit_status = 1


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong in a file. `line` and `column` count from 1; 0 means unknown."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else f"{self.file}: " if self.file else ""
        return place + self.message


class InputError(VethlabError):
    """Wrong input, found before any effect. Shows all problems, in the order of the file."""

    exit_status = 2

    def __init__(self, *problems: Problem) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))

    @classmethod
    def of(cls, message: str, file: str = "") -> InputError:
        """With one problem that has no line, and no file unless `file` names one."""
        return cls(Problem(file, 0, 0, message))


class UnknownLab(VethlabError):
    """No running lab has the name that was asked for."""

    exit_status = 2


class MachineError(VethlabError):
    """This machine lacks something; `remedy` is the sentence that says what to do."""

    exit_status = 3

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(f"{what}\n  {remedy}" if remedy else what)


class LabError(VethlabError):
    """A lab could not be brought up, or died under way."""


class ConvergeError(LabError):
    """A playbook failed on a node."""

    def __init__(self, message: str, *, node: str = "", role: str = "", task: str = "") -> None:
        self.message, self.node, self.role, self.task = message, node, role, task
        place = ", ".join(f"{k} {v}" for k, v in (("node", node), ("role", role), ("task", task)) if v)
        super().__init__(f"converge failed on {place}:\n  {message}" if place else f"converge failed: {message}")


class HostLost(LabError):
    """A real machine could not be reached, or dropped off in the middle; `why` are ssh's last words and what helps."""

    def __init__(self, name: str, doing: str, why: str) -> None:
        self.name, self.doing, self.why = name, doing, why
        super().__init__(f"{name} {doing}: {why}")


class CniError(LabError):
    """A CNI plugin, its configuration or its answer is wrong: `msg`, `code` and `details` are the error object's.

    `code` is the specification's or the plugin's own; 0 where a plugin died without one. `file` holds the network's
    configuration, `place` the node and the pod.
    """

    def __init__(
        self,
        msg: str,
        *,
        code: int = 0,
        details: str = "",
        plugin: str = "",
        command: str = "",
        network: str = "",
        file: str = "",
        place: str = "",
    ) -> None:
        self.msg, self.code, self.details = msg, code, details
        self.plugin, self.command, self.network, self.file, self.place = plugin, command, network, file, place
        super().__init__(self._words())

    def _words(self) -> str:
        said = self.msg + (f": {self.details}" if self.details else "") + (f" (code {self.code})" if self.code else "")
        who = " ".join(word for word in (self.plugin and f"plugin {self.plugin}", self.command) if word)
        where = ", ".join(word for word in (self.network and f"network {self.network}", self.file) if word)
        about = f"{who} ({where})" if who and where else who or where
        return ": ".join(word for word in (self.place, about, said) if word)

    def to_json(self) -> dict[str, str | int]:
        """Every part by its name; it builds the same error again."""
        return {
            "msg": self.msg,
            "code": self.code,
            "details": self.details,
            "plugin": self.plugin,
            "command": self.command,
            "network": self.network,
            "file": self.file,
            "place": self.place,
        }

    def with_context(self, **context: str) -> CniError:
        """The same error, told where it happened; what it knows already stays."""
        parts: dict[str, Any] = self.to_json()
        known = {key: parts[key] or value for key, value in context.items()}
        return CniError(parts.pop("msg"), **(parts | known))

    def and_then(self, others: Iterable[CniError]) -> CniError:
        """The same error, with what went wrong after it among the details."""
        parts: dict[str, Any] = self.to_json()
        parts["details"] = "; ".join(
            [*([self.details] if self.details else []), *(f"then {other}" for other in others)]
        )
        return CniError(parts.pop("msg"), **parts)


class ExpectationFailed(VethlabError):
    """The network was measured and did not behave as expected."""


_TYPES: dict[str, type[VethlabError]] = {
    t.__name__: t
    for t in (InputError, UnknownLab, MachineError, LabError, ConvergeError, HostLost, CniError, ExpectationFailed)
}


def to_json(error: BaseException) -> dict[str, Any]:
    """An error as it crosses a process boundary: `{"error": type, field: value, …}`."""
    document: dict[str, Any] = {"error": type(error).__name__}
    if isinstance(error, InputError):
        return document | {"problems": [asdict(p) for p in error.problems]}
    if isinstance(error, MachineError):
        return document | {"what": error.what, "remedy": error.remedy}
    if isinstance(error, ConvergeError):
        return document | {"message": error.message, "node": error.node, "role": error.role, "task": error.task}
    if isinstance(error, CniError):
        return document | {"message": str(error)} | error.to_json()
    if isinstance(error, HostLost):
        return document | {"name": error.name, "doing": error.doing, "why": error.why}
    if type(error).__name__ in _TYPES:
        return document | {"message": str(error)}
    return {"error": "LabError", "message": f"{type(error).__name__}: {error}"}


def from_json(document: dict[str, Any]) -> VethlabError:
    """The inverse of `to_json`. An error of no known type comes back as a LabError."""
    kind = _TYPES.get(document["error"], LabError)
    if kind is InputError:
        return InputError(*(Problem(**p) for p in document["problems"]))
    if kind is MachineError:
        return MachineError(document["what"], document["remedy"])
    if kind is ConvergeError:
        where = {k: document[k] for k in ("node", "role", "task")}
        return ConvergeError(document["message"], **where)
    if kind is HostLost:
        return HostLost(document["name"], document["doing"], document["why"])
    if kind is CniError:
        parts = {k: v for k, v in document.items() if k not in ("error", "message", "msg")}
        return CniError(document["msg"], **parts)
    return kind(document["message"])
