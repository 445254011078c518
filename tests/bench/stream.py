"""Run in a host of a lab, by an interpreter of its own: bytes a second between two network namespaces, or DNS answers.

stream.py tcp SECONDS SERVER-NAMESPACE CLIENT-NAMESPACE ADDRESS
stream.py dns SECONDS NAMESPACE NAME
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import threading
import time
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_PORT = 5201


def opened(namespace: str, kind: int) -> socket.socket:
    """A socket in a namespace that has a name in the file system (`.` is our own)."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    if namespace != ".":
        there = os.open(namespace, os.O_RDONLY)
        if _libc.setns(there, 0):
            raise OSError(ctypes.get_errno(), namespace)
        os.close(there)
    sock = socket.socket(socket.AF_INET, kind)
    _libc.setns(home, 0)
    os.close(home)
    return sock


def tcp(seconds: float, server: str, client: str, address: str) -> float:
    """Bytes a second that arrive."""
    listener, sender = opened(server, socket.SOCK_STREAM), opened(client, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", _PORT))
    listener.listen(1)
    arrived = 0

    def receive() -> None:
        nonlocal arrived
        receiver, _ = listener.accept()
        buffer = bytearray(1 << 20)
        while got := receiver.recv_into(buffer):
            arrived += got

    thread = threading.Thread(target=receive)
    thread.start()
    sender.connect((address, _PORT))
    block, began = bytes(1 << 18), time.perf_counter()
    while time.perf_counter() - began < seconds:
        sender.sendall(block)
    sender.close()
    thread.join()
    return arrived / (time.perf_counter() - began)


def dns(seconds: float, namespace: str, name: str) -> float:
    """Answers a second, one question after the other."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\0\x00\x01\x00\x01"
    sock = opened(namespace, socket.SOCK_DGRAM)
    sock.settimeout(2.0)
    sock.connect(("127.0.0.11", 53))
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        sock.send(question)
        sock.recv(512)
        count += 1
    return count / (time.perf_counter() - began)


def main() -> None:
    verb, seconds, *rest = sys.argv[1:]
    print({"tcp": tcp, "dns": dns}[verb](float(seconds), *rest))


if __name__ == "__main__":
    assert Path("/proc/thread-self").exists()
    main()
