# SPDX-License-Identifier: GPL-3.0-or-later
# This file imports Ansible's plugin loaders, which are GPL-3.0-or-later, and is therefore under that licence itself.
"""What every run of Ansible loads, loaded once: a process that does this and forks for each run saves it there.

Ansible's loaders keep what they have loaded, and read the settings that each kind of plugin documents, which is YAML
and slow. In a run they ask for all of some kinds.
"""

from __future__ import annotations

import importlib
import warnings
from pathlib import Path

from ansible.plugins import loader

COLLECTION = "ansible_collections.vethlab.net.plugins"
# Not callbacks: the runner's reads its environment, which is another in each run, when it is imported.
KINDS = ("become", "connection", "filter", "inventory", "shell", "strategy", "test", "vars")


def preload() -> None:
    loader.init_plugin_loader()
    # The command line does that once more in each run, to no effect, and is warned.
    warnings.filterwarnings("ignore", message="AnsibleCollectionFinder has already been configured")
    for kind in KINDS:
        list(getattr(loader, f"{kind}_loader").all(class_only=True))
    importlib.import_module(f"{COLLECTION}.plugin_utils.place")
    for module in sorted(Path(__file__).parents[1].glob("action/*.py")):
        importlib.import_module(f"{COLLECTION}.action.{module.stem}")


if __name__ == "__main__":
    preload()
