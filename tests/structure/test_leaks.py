"""The project speaks of itself alone: nothing of the machine it was written on, and no host that is not meant."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

REPO = Path(__file__).parents[2]
ITSELF = "tests/structure/test_leaks.py"

#: Paths of somebody's machine, and numbers that mean something in one tracker alone.
LEAKS = r"/work/|/tmp/(venv|wt|brief)|/home/[a-z]+/|\bissue #?\d|\bsession \d"
#: The hosts a URL may name: documentation, specifications, and what only exists inside a lab.
HOSTS = (
    r"lab|localhost|keepachangelog\.com|example\.(com|org)|([\w-]+\.)*(apache|kernel|rfc-editor|semver|json-schema|man7)\.org"
    r"|(\d+\.){3}\d+|\[[0-9a-f:]+\]"
)


def grep(pattern: str) -> list[str]:
    """FILE:LINE:TEXT of every tracked text line that matches; without the licence, and without this file."""
    argv = ["git", "grep", "-nIP", "-e", pattern, "--", ".", ":!LICENSE", f":!{ITSELF}"]
    return subprocess.run(argv, cwd=REPO, capture_output=True, text=True, check=False).stdout.splitlines()


def test_no_leaks() -> None:
    assert grep("vethlab"), "git grep works here"
    assert grep(LEAKS) == []


def test_urls_name_known_hosts_alone() -> None:
    found = grep(r"https?://[\w\[]")
    assert found
    pattern = re.compile(r"https?://(\[[0-9a-fA-F:]+\]|[\w.-]+)")
    strange = [line for line in found for host in pattern.findall(line) if not re.fullmatch(HOSTS, host)]
    assert strange == []
