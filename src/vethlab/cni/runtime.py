"""The runtime of one node: networks from its /etc/cni/net.d, plugins in its namespaces, results in its /var/lib/cni.

    ADD     plugins in order, each given the result so far; the last result is kept. A failed ADD is followed by DEL
    CHECK   plugins in order, each given the kept result
    DEL     plugins in reverse, each given the kept result; then it is forgotten
    GC      DEL of every kept attachment that is not named, then GC of each plugin (1.1.0); goes on past errors
    STATUS  whether each plugin is ready (1.1.0)
    VERSION what each plugin speaks

Source: specification 1.1.0, section 3, "Lifecycle & Ordering" and "Adding an attachment".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import CniError
from . import cache
from .attachment import Attachment, Command, environment, stdin
from .configuration import Network, PluginConfig
from .execution import Execution
from .result import Result, convert, parse
from .store import Store
from .version import at_least

__all__ = ["BIN_DIRS", "Runtime"]

#: Where a node's plugins are: what is installed by hand, and what Debian's containernetworking-plugins brings.
BIN_DIRS = ("/opt/cni/bin", "/usr/lib/cni")

_INCOMPATIBLE, _UNKNOWN_CONTAINER = 1, 3


class Runtime:
    """`name` is the node's, for errors; `pid` its first process, whose namespaces are the node."""

    def __init__(self, name: str, pid: int, path: Iterable[str] = BIN_DIRS, seconds: float = 60.0) -> None:
        self.name = name
        self.store = Store(name, Path(f"/proc/{pid}/root"))
        self._path = tuple(path)
        self._execution = Execution(pid, self._path, seconds)

    # The verbs.

    def add(self, network: Network, attachment: Attachment) -> Result:
        """Attach; returns the last plugin's result. Raises CniError, and then nothing of it is left that DEL undoes."""
        attachment.check()
        if self.store.entry(network.name, attachment):
            message = f"it is on the network by {attachment.ifname} already: DEL it first"
            raise self._about(CniError(message, command="ADD"), network, attachment)
        try:
            result = self._chain(network, attachment)
        except CniError as error:
            left = self._after_failure(network, attachment, error)
            raise error.and_then(left) from None
        self.store.keep(cache.Entry(network, attachment, result.document))
        return result

    def _chain(self, network: Network, attachment: Attachment) -> Result:
        result: Result | None = None
        for plugin in network.plugins:
            previous = None if result is None else convert(result.document, network.version)
            answer = self._run("ADD", network, plugin, attachment, previous)
            try:
                result = parse(answer, network.version)
            except CniError as error:
                known = error.with_context(plugin=plugin.type, command="ADD")
                raise self._about(known, network, attachment) from None
        assert result
        return result

    def _after_failure(self, network: Network, attachment: Attachment, error: CniError) -> list[CniError]:
        """DEL, as a runtime must; returns what went wrong with that, unless it is the same again."""
        plugins = reversed(network.plugins)
        errors = [e for plugin in plugins for e in _attempt(self._run, "DEL", network, plugin, attachment)]
        return [e for e in errors if e.msg != error.msg]

    def check(self, network: Network, attachment: Attachment) -> str | None:
        """Whether all is as ADD left it; raises CniError where not. Returns why nothing was asked, else None."""
        entry = self.store.entry(network.name, attachment)
        if entry is None:
            message = f"it is not on the network by {attachment.ifname}"
            raise self._about(CniError(message, code=_UNKNOWN_CONTAINER, command="CHECK"), network, attachment)
        if network.disable_check:
            return f"{network.file or network.name} says disableCheck"
        if not at_least(network.version, "0.4.0"):
            message = f"CHECK came with version 0.4.0, and the configuration is of {network.version}"
            raise self._about(CniError(message, code=_INCOMPATIBLE, command="CHECK"), network, attachment)
        for plugin in network.plugins:
            self._run("CHECK", network, plugin, entry.attachment, entry.result)
        return None

    def delete(self, network: Network, attachment: Attachment) -> None:
        """Detach, by the configuration and the arguments of the ADD where they are kept. Twice is as good as once.

        Raises CniError for the first plugin that fails; the result is kept then, so that DEL can be asked again.
        """
        attachment.check()
        entry = self.store.entry(network.name, attachment)
        made_by, known = (entry.network, entry.attachment) if entry else (network, attachment)
        # The namespace may have gone since: what is true now counts, and an empty path is allowed.
        asked = Attachment(known.container_id, attachment.netns, known.ifname, known.args, known.capabilities)
        previous = entry.result if entry and at_least(made_by.version, "0.4.0") else None
        for plugin in reversed(made_by.plugins):
            self._run("DEL", made_by, plugin, asked, previous)
        self.store.forget(network.name, attachment)

    def gc(
        self, network: Network, valid: Iterable[tuple[str, str]], alive: Mapping[str, str] | None = None
    ) -> list[CniError]:
        """Remove what is attached and not in `valid`, pairs of (container id, interface). Returns the errors met.

        `alive` maps the ids of containers that still run to their network namespaces.
        """
        if network.disable_gc:
            return []
        keys = sorted(set(valid))
        errors: list[CniError] = []
        for entry in self.store.attachments(network.name):
            if entry.key not in keys:
                container_id, ifname = entry.key
                errors += _attempt(
                    self.delete, network, Attachment(container_id, (alive or {}).get(container_id, ""), ifname)
                )
        if at_least(network.version, "1.1.0"):
            for plugin in network.plugins:
                errors += _attempt(self._run, "GC", network, plugin, valid=keys)
        return errors

    def status(self, network: Network) -> str | None:
        """Raises CniError where a plugin is not ready. Returns why none was asked, else None."""
        if not at_least(network.version, "1.1.0"):
            for plugin in network.plugins:
                self._find(network, plugin)
            return (
                f"STATUS came with version 1.1.0, and the configuration is of {network.version}; the plugins are there"
            )
        for plugin in network.plugins:
            self._run("STATUS", network, plugin)
        return None

    def _find(self, network: Network, plugin: PluginConfig) -> None:
        try:
            self._execution.find(plugin.type)
        except CniError as error:
            raise self._about(error, network) from None

    def versions(self, network: Network) -> dict[str, tuple[str, ...]]:
        """What each plugin of a network speaks. One that does not know VERSION is of 0.1.0 (specification, 0.2.0)."""
        return {plugin.type: self._speaks(network, plugin) for plugin in network.plugins}

    def _speaks(self, network: Network, plugin: PluginConfig) -> tuple[str, ...]:
        try:
            asked = {"cniVersion": network.version}
            found = self._execution.run(plugin.type, environment("VERSION", self._path), asked) or {}
        except CniError as error:
            if "unknown CNI_COMMAND" in error.msg:
                return ("0.1.0",)
            raise self._about(error, network) from None
        return tuple(map(str, found.get("supportedVersions") or ("0.1.0",)))

    # One plugin.

    def _run(
        self,
        command: Command,
        network: Network,
        plugin: PluginConfig,
        attachment: Attachment | None = None,
        previous: Any = None,
        valid: Iterable[tuple[str, str]] | None = None,
    ) -> dict[str, Any] | None:
        document = stdin(network, plugin, attachment, previous, valid)
        try:
            return self._execution.run(plugin.type, environment(command, self._path, attachment), document)
        except CniError as error:
            raise self._about(error, network, attachment) from None

    def _about(self, error: CniError, network: Network, attachment: Attachment | None = None) -> CniError:
        """The error with its place: the node and the container, the network and its file."""
        place = f"{self.name}/{attachment.container_id}" if attachment else self.name
        return error.with_context(network=network.name, file=network.file, place=place)


def _attempt(step: Callable[..., object], *words: Any, **more: Any) -> list[CniError]:
    """The error of a step that others follow all the same; empty when it went well."""
    try:
        step(*words, **more)
    except CniError as error:
        return [error]
    return []
