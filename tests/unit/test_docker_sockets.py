"""What comes in by a host's docker socket: words and three streams, or nothing."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress

import pytest

from vethlab import docker_sockets

WORDS = ["exec", "tool1", "ls", "x" * 70_000]


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    asking, serving = socket.socketpair()
    with asking, serving:
        serving.settimeout(5)
        yield asking, serving


@pytest.fixture
def stream() -> Iterator[int]:
    """A file that nobody else has."""
    with tempfile.TemporaryFile() as file:
        yield file.fileno()


def copies(stream: int) -> int:
    """How often this process has that file open. Others come and go: what earlier tests left is closed some time."""
    wanted, found = os.fstat(stream), 0
    for each in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            found += os.path.samestat(os.fstat(int(each)), wanted)
    return found


def test_words_in_parts_and_three_streams(ends: tuple[socket.socket, socket.socket]) -> None:
    asking, serving = ends
    line = json.dumps(WORDS).encode() + b"\n"
    socket.send_fds(asking, [line[:10]], [0, 1, 2])
    asking.sendall(line[10:])
    words, streams = docker_sockets._receive(serving)
    assert words == WORDS
    assert [os.fstat(stream).st_ino for stream in streams] == [os.fstat(number).st_ino for number in range(3)]
    for stream in streams:
        os.close(stream)


@pytest.mark.parametrize("count", [0, 2, 4], ids="{} streams".format)
def test_other_than_three_streams_are_refused(
    ends: tuple[socket.socket, socket.socket], stream: int, count: int
) -> None:
    asking, serving = ends
    socket.send_fds(asking, [b'["ps"]\n'], [stream] * count)
    with pytest.raises(ValueError, match="three streams"):
        docker_sockets._receive(serving)
    assert copies(stream) == 1


NO_WORDS = {
    "half a line": b'["ps"',
    "no JSON": b"ps\n",
    "no list": b'{"ps": 1}\n',
    "numbers": b"[1]\n",
    "deeper than json goes": b"[" * 20_000 + b"\n",
    "no UTF-8": b"\xff\n",
}


@pytest.mark.parametrize("line", NO_WORDS.values(), ids=NO_WORDS)
def test_what_is_no_words_is_refused(ends: tuple[socket.socket, socket.socket], stream: int, line: bytes) -> None:
    """However it is none: what is raised is what `serve` takes, and no stream is kept."""
    asking, serving = ends
    socket.send_fds(asking, [line], [stream] * 3)
    asking.shutdown(socket.SHUT_WR)
    with pytest.raises(ValueError):  # noqa: PT011 - json's own, or ours
        docker_sockets._receive(serving)
    assert copies(stream) == 1
