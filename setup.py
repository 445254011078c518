"""Puts topologies, playbooks and labs, which have their own places in the checkout, into the wheel beside the code."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ASSETS = ("topologies", "playbooks", "labs")
HERE = Path(__file__).resolve().parent


class BuildWithAssets(build_py):
    """`build_py`, then each directory of assets as `vethlab/NAME`. An editable install has them in the checkout."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for name in ASSETS:
            target = Path(self.build_lib, "vethlab", name)
            shutil.rmtree(target, ignore_errors=True)  # what an earlier build left and the checkout no longer has
            if (HERE / name).is_dir():
                shutil.copytree(HERE / name, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))


setup(cmdclass={"build_py": BuildWithAssets})
