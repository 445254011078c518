"""The docker command inside a host of the emulated engine: it asks the lab daemon, by a socket that the host has.

Started as a file by an isolated interpreter (vethlab.capsule.root), and so imports nothing of vethlab.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any

__all__ = ["main"]

SOCKET = "/run/docker-emulated.sock"


def main(argv: list[str]) -> int:
    """What docker would print, and its exit status. A command in a container has our standard streams."""
    answer = _ask(argv)
    sys.stdout.write(answer["stdout"])
    sys.stderr.write(answer["stderr"])
    if answer["then"]:
        _ask([*answer["then"], str(answer["status"])])
    return int(answer["status"])


def _ask(argv: list[str]) -> dict[str, Any]:
    question = json.dumps(argv).encode() + b"\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.connect(SOCKET)
        sent = socket.send_fds(asking, [question], range(3))
        if sent < len(question):  # else whoever answers may have hung up already, and nothing more can be sent
            asking.sendall(question[sent:])
        said = b"".join(iter(lambda: asking.recv(1 << 16), b""))
    answer: dict[str, Any] = json.loads(said)
    return answer


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, ValueError) as error:
        print(f"docker: the lab does not answer: {error}", file=sys.stderr)
        os._exit(125)
