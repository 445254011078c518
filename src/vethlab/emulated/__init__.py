"""The docker command on a host of the emulated engine: `docker network create …`, `docker run …` while a lab runs.

    argv ──grammar──> a command ──amend──> the world as it becomes          (pure)
                                ──effects──> bridges, rules, names, sandboxes
                                ──show──> what docker would print

It prints what Docker prints, and refuses in Docker's words. Before anything is changed everything is checked, so that
what is refused leaves nothing behind.
"""

from .command import docker
from .effects import Host
from .engine import Answer
from .life_verbs import bury
from .restarting import revive

__all__ = ["Answer", "Host", "bury", "docker", "revive"]
