"""The files of a node that are CNI's: configurations in /etc/cni/net.d, what is attached in /var/lib/cni/results."""

from __future__ import annotations

from pathlib import Path

from ..errors import CniError
from . import cache, configuration
from .attachment import Attachment
from .configuration import SUFFIXES, Network
from .leases import Pool, pools

__all__ = ["NET_D", "RESULTS", "Store"]

NET_D = "/etc/cni/net.d"
RESULTS = "/var/lib/cni/results"
_INVALID = 7


class Store:
    """Of the node called `name`, whose file system is seen at `root`."""

    def __init__(self, name: str, root: Path) -> None:
        self.name, self.root = name, root
        self._net_d, self._results = (root / path.lstrip("/") for path in (NET_D, RESULTS))

    # Networks.

    def networks(self) -> list[Network]:
        """Every network of the node, in the order of the files' names. Raises CniError for the first broken one."""
        return [self._read(file) for file in self._files()]

    def network(self, name: str | None = None) -> Network:
        """The network of that name; without one that of the first file, which is the one pods get."""
        files = self._files()
        if not files:
            raise self._error(f"no network configuration found in {NET_D}")
        if name is None:
            return self._read(files[0])
        found = next((n for n in map(self._read, files) if n.name == name), None)
        if found is None:
            raise self._error(f"no network {name!r} in {NET_D}, which holds {', '.join(f.name for f in files)}")
        return found

    def _files(self) -> list[Path]:
        return sorted(f for f in self._net_d.iterdir() if f.suffix in SUFFIXES) if self._net_d.is_dir() else []

    def _read(self, file: Path) -> Network:
        try:
            return configuration.parse(file.read_bytes(), f"{NET_D}/{file.name}")
        except CniError as error:
            raise error.with_context(place=self.name) from None

    def _error(self, message: str) -> CniError:
        return CniError(message, code=_INVALID, place=self.name)

    # Attachments.

    def attachments(self, network: str | None = None) -> list[cache.Entry]:
        """Every attachment that was added and not deleted; with a name, those of that network."""
        files = sorted(self._results.iterdir()) if self._results.is_dir() else []
        found = [cache.parse(file.read_text(), f"{RESULTS}/{file.name}") for file in files]
        return [entry for entry in found if network in (None, entry.network.name)]

    def entry(self, network: str, attachment: Attachment) -> cache.Entry | None:
        """What is remembered of an attachment, None where it was never added or is deleted."""
        file = self._file(network, attachment)
        return cache.parse(file.read_text(), f"{RESULTS}/{file.name}") if file.exists() else None

    def keep(self, entry: cache.Entry) -> None:
        """Remember an attachment. A reader sees the old or the new whole file (rename(2))."""
        file = self._file(entry.network.name, entry.attachment)
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._results.with_name(f".{file.name}.new")
        draft.write_text(cache.render(entry))
        draft.replace(file)

    def forget(self, network: str, attachment: Attachment) -> None:
        """Remember an attachment no longer; it need not be there."""
        self._file(network, attachment).unlink(missing_ok=True)

    def _file(self, network: str, attachment: Attachment) -> Path:
        return self._results / cache.file_name(network, attachment.container_id, attachment.ifname)

    # Addresses.

    def pools(self) -> list[Pool]:
        """The ranges of host-local of every network, with what is given away and what is leaked."""
        return pools(self.root, self.networks(), self.attachments())
