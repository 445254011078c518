"""Configuring the machines of a lab: the playbooks, run by ansible-runner.

    inventory(world, pids) ──> ansible-playbook site.yml ──events──> Progress … Convergence, or ConvergeError

Ansible sees an environment of ours alone: no configuration, collections, vault or callbacks of the user.
"""

from .events import Change, Convergence, NodeConvergence, Progress
from .playing import converge
from .standby import Standby

__all__ = ["Change", "Convergence", "NodeConvergence", "Progress", "Standby", "converge"]
