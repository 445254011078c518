"""Two places on one cable, near (10.0.0.1) and far (10.0.0.2), and whether somebody answers."""

from __future__ import annotations

import subprocess

import pytest

from namespaces import Namespaces
from vethlab.errors import MachineError
from vethlab.feature import refuse_missing

__all__ = ["FAR", "NEAR", "answers", "carries", "needs", "pair", "silent", "told"]

NEAR, FAR = "10.0.0.1", "10.0.0.2"


def needs(*features: str) -> None:
    """Skip the test, in the kernel's own words, where one of these (by doctor's names) does not work."""
    try:
        refuse_missing(features, "this test")
    except MachineError as error:
        pytest.skip(error.what)


def pair(netns: Namespaces) -> None:
    netns.node("near", "far")
    netns.cable("near", "eth0", "far", "eth0", f"{NEAR}/24", f"{FAR}/24")


def told(netns: Namespaces, name: str, command: str) -> str:
    """What a command says in that place; its words have no spaces in them."""
    return netns.run(name, *command.split())


def answers(netns: Namespaces, source: str, address: str) -> bool:
    """Ping until the first answer, for ten seconds at most: a tunnel may have to agree on keys first."""
    return _ping(netns, source, address, "-w10") == 0


def silent(netns: Namespaces, source: str, address: str) -> bool:
    """No answer within two seconds. Worth something only between two `answers` of the same source."""
    return _ping(netns, source, address, "-W2") == 1


def carries(netns: Namespaces, outer: str, address: str) -> None:
    """near reaches far's address, but not while far drops what `outer` (nft(8)) matches: so that is what carries it."""
    assert answers(netns, "near", address)
    netns.nft("far", "input", f"{outer} drop")
    assert silent(netns, "near", address)
    netns.run("far", "nft", "delete", "table", "inet", "t")
    assert answers(netns, "near", address)


def _ping(netns: Namespaces, source: str, address: str, patience: str) -> int:
    argv = ["nsenter", f"--net=/proc/{netns.pids[source]}/ns/net", "ping", "-n", "-c1", patience, address]
    return subprocess.run(argv, capture_output=True, check=False).returncode
