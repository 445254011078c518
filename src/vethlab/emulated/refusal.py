"""What Docker says when it does not do what it was told."""

from __future__ import annotations

__all__ = ["Missing", "Refusal", "no_such_container", "no_such_network"]

_DAEMON = "Error response from daemon: "


class Refusal(Exception):
    """`words` go to standard error; `status` is the exit status of the docker command. `output` was printed before."""

    def __init__(self, words: str, status: int = 1, output: str = "") -> None:
        super().__init__(words)
        self.words, self.status, self.output = words, status, output

    @property
    def cause(self) -> str:
        """The engine's own words."""
        return self.words.removeprefix(_DAEMON)

    @classmethod
    def daemon(cls, words: str, status: int = 1, output: str = "") -> Refusal:
        """The engine's words, as the command passes them on."""
        return cls(f"{_DAEMON}{words}", status, output)


class Missing(Refusal):
    """There is no container of that name."""


def no_such_container(name: str) -> Refusal:
    """Docker's words where neither a name nor the beginning of one id matches."""
    return Missing.daemon(f"No such container: {name}")


def no_such_network(name: str, output: str = "") -> Refusal:
    """Docker's words where no network of the host has that name; `output` was printed before."""
    return Refusal.daemon(f"network {name} not found", output=output)
