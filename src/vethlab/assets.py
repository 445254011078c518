"""Where the files that ship with vethlab are: topologies, playbooks, labs.

In a checkout they stand beside `src`; in an installed wheel they are inside the package.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

__all__ = ["Kind", "asset"]

Kind = Literal["topologies", "playbooks", "labs"]


def asset(kind: Kind) -> Path:
    """The directory of that kind. Raises FileNotFoundError when the installation lacks it."""
    package = Path(__file__).resolve().parent
    for place in (package / kind, package.parents[1] / kind):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"this installation of vethlab has no {kind} directory")
