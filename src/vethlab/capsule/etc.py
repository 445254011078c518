"""The /etc of a capsule: the few files programs cannot do without, and none of the machine's secrets."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["COPIED", "copy_etc"]

#: Copied from the machine where they exist: what libc, shells and network tools read.
COPIED = (
    "alternatives",
    "bash.bashrc",
    "bash_completion.d",
    "debian_version",
    "default/useradd",
    "ethertypes",
    "gai.conf",
    "host.conf",
    "inputrc",
    "iproute2",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "login.defs",
    "os-release",
    "profile",
    "profile.d",
    "protocols",
    "rpc",
    "services",
    "skel",
    "terminfo",
    "timezone",
    "vim",
    "xattr.conf",
)

#: Written, not copied: nothing of the machine's users, names or name servers is known inside.
WRITTEN = {
    "passwd": (
        "root:x:0:0:root:/root:/bin/bash\n"
        "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
        "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
        "sshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n"
        "tcpdump:x:102:102::/nonexistent:/usr/sbin/nologin\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    ),
    "group": "root:x:0:\ndaemon:x:1:\nadm:x:4:\ntty:x:5:\nwww-data:x:33:\ntcpdump:x:102:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
    "hostname": "vethlab\n",
    "nsswitch.conf": (
        "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\n"
        "protocols: files\nservices: files\nethers: files\nrpc: files\n"
    ),
    "resolv.conf": "",
    "sysctl.conf": "",
    "shells": "/bin/sh\n/bin/bash\n",
}


def copy_etc(target: Path, source: Path = Path("/etc")) -> None:
    """Fill `target` from `source`; a file that may not be read is left out."""
    target.mkdir()
    for name in COPIED:
        _copy(source / name, target / name)
    for name, text in WRITTEN.items():
        (target / name).write_text(text)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore_dangling_symlinks=True)
        elif source.exists():
            shutil.copy(source, target)
    except (OSError, shutil.Error):
        shutil.rmtree(target, ignore_errors=True)
