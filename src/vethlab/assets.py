"""Where the shipped topologies, playbooks and labs are: in the checkout, or beside this file in an installed wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

__all__ = ["Kind", "asset", "shipped_topologies"]

Kind = Literal["topologies", "playbooks", "labs"]

_PACKAGE = Path(__file__).resolve().parent


def asset(kind: Kind) -> Path:
    """The directory of that kind. Raises FileNotFoundError where the installation lacks it."""
    installed, checkout = _PACKAGE / kind, _PACKAGE.parent.parent
    if installed.is_dir():
        return installed
    if _PACKAGE.parent.name == "src" and (checkout / kind).is_dir():
        return checkout / kind
    raise FileNotFoundError(f"{installed}: this installation of vethlab has no {kind}")


def shipped_topologies() -> dict[str, Path]:
    """The topologies that come with vethlab, by name, in alphabetical order. None inside a lab, which has its own."""
    try:
        return {path.stem: path for path in sorted(asset("topologies").glob("*.yml"))}
    except FileNotFoundError:
        return {}
