"""Network configurations: the files of /etc/cni/net.d (specification 1.1.0, section 1).

*.conflist         a network: `name`, `cniVersion` or `cniVersions`, and `plugins` in the order of their run
*.conf, *.json     the older form, one plugin; it is taken as a list of one
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ..errors import CniError
from . import version

__all__ = ["SUFFIXES", "Network", "PluginConfig", "parse"]

SUFFIXES = (".conflist", ".conf", ".json")

#: Of a network's name and of a container's id (sections 1 and 2).
IDENTIFIER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_INVALID = 7


@dataclass(frozen=True, slots=True)
class PluginConfig:
    """One plugin of a network. `type` names the binary; `document` is its part of the file, as it was written."""

    type: str
    document: Mapping[str, Any]

    @property
    def capabilities(self) -> frozenset[str]:
        """What of `runtimeConfig` it wants to be given."""
        wanted = self.document.get("capabilities") or {}
        return frozenset(name for name, wants in wanted.items() if wants)


@dataclass(frozen=True, slots=True)
class Network:
    """A network: its plugins, run in order for ADD and CHECK, in reverse for DEL. `file` is where it was read."""

    name: str
    version: str
    plugins: tuple[PluginConfig, ...]
    disable_check: bool = False
    disable_gc: bool = False
    file: str = ""

    def document(self) -> dict[str, Any]:
        """The list as a file would have it, in the version that was chosen."""
        flags = {"disableCheck": self.disable_check, "disableGC": self.disable_gc}
        return {
            "cniVersion": self.version,
            "name": self.name,
            **{key: True for key, on in flags.items() if on},
            "plugins": [dict(p.document) for p in self.plugins],
        }


def parse(text: str | bytes, file: str) -> Network:
    """The network in a file. Raises CniError that names the file and, in a broken one, line and column."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _bad(f"line {error.lineno} column {error.colno}: {error.msg}", file, code=6) from None
    except UnicodeDecodeError:
        raise _bad("it is not UTF-8", file, code=6) from None
    if not isinstance(document, dict):
        raise _bad("a JSON object was expected", file)
    try:
        return _network(document if "plugins" in document else _list_of_one(document, file), file)
    except ValueError as error:
        raise _bad(str(error), file) from None


def _list_of_one(document: dict[str, Any], file: str) -> dict[str, Any]:
    if PurePath(file).suffix == ".conflist" or "type" not in document:
        raise ValueError("`plugins` was expected: a list with at least one plugin")
    head: dict[str, Any] = {key: document[key] for key in ("name", "cniVersion") if key in document}
    return head | {"plugins": [document]}


def _network(document: dict[str, Any], file: str) -> Network:
    name, plugins = document.get("name"), document["plugins"]
    if not isinstance(name, str) or not IDENTIFIER.fullmatch(name):
        raise ValueError(f"a `name` of letters, digits, '_', '.' and '-' was expected, not {name!r}")
    if not isinstance(plugins, list) or not plugins:
        raise ValueError("`plugins` was expected: a list with at least one plugin")
    return Network(
        name=name,
        version=_version(document),
        plugins=tuple(_plugin(number, plugin) for number, plugin in enumerate(plugins, 1)),
        disable_check=_flag(document, "disableCheck"),
        disable_gc=_flag(document, "disableGC"),
        file=file,
    )


def _version(document: Mapping[str, Any]) -> str:
    """Of `cniVersion` and `cniVersions` the latest this runtime knows; without either, 0.1.0, as ever."""
    several, one = document.get("cniVersions", []), document.get("cniVersion")
    if not isinstance(several, list) or not all(isinstance(v, str) for v in several):
        raise ValueError(f"`cniVersions` must be a list of versions, not {several!r}")
    if one is not None and not isinstance(one, str):
        raise ValueError(f"`cniVersion` must be a version such as {version.LATEST}, not {one!r}")
    return version.choose([*([one] if one else []), *several] or ["0.1.0"])


def _plugin(number: int, document: Any) -> PluginConfig:
    kind = document.get("type") if isinstance(document, dict) else None
    if not isinstance(kind, str) or not kind:
        raise ValueError(f"plugin {number} has no `type`")
    if "/" in kind or kind in (".", ".."):
        raise ValueError(f"plugin {number}: `type` is the name of a binary, not a path: {kind!r}")
    if not isinstance(document.get("capabilities", {}), dict):
        raise ValueError(f"plugin {number} ({kind}): `capabilities` must be an object")
    return PluginConfig(kind, document)


def _flag(document: Mapping[str, Any], key: str) -> bool:
    """A boolean; its words are taken too, as older runtimes wrote them."""
    value = document.get(key, False)
    known = {True: True, False: False, "true": True, "false": False}
    if not isinstance(value, bool | str) or value not in known:
        raise ValueError(f"`{key}` must be true or false, not {value!r}")
    return known[value]


def _bad(message: str, file: str, code: int = _INVALID) -> CniError:
    return CniError(message, code=code, file=file)
