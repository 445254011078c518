"""What the playbooks configured carries packets: overlay, masquerade, published ports, names."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable

import pytest
from fleet import Fleet

#: The fleet is made once, in one worker.
pytestmark = pytest.mark.xdist_group("fleet-traffic")


def serve(port: int) -> Callable[[], None]:
    """A server that tells each client the address it sees, in the background."""

    def start() -> None:
        listener = socket.create_server(("", port), reuse_port=False)
        if os.fork():
            return
        os.closerange(0, 3)
        for descriptor in range(3, 64):
            if descriptor != listener.fileno():
                try:
                    os.close(descriptor)
                except OSError:
                    continue
        while True:
            connection, client = listener.accept()
            with connection:
                connection.sendall(client[0].encode())

    return start


def seen(address: str, port: int) -> Callable[[], str]:
    """The address that a server there sees."""

    def ask() -> str:
        with socket.create_connection((address, port), timeout=5) as connection:
            return connection.recv(100).decode()

    return ask


def dig(server: str, name: str) -> Callable[[], tuple[str, list[str]]]:
    def ask() -> tuple[str, list[str]]:
        argv = ["dig", f"@{server}", name, "+tries=1", "+time=3", "+noall", "+answer", "+comments"]
        said = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
        status = said.partition("status: ")[2].partition(",")[0]
        return status, [line.split()[-1] for line in said.splitlines() if line and not line.startswith(";")]

    return ask


@pytest.fixture(scope="module")
def served(fleet: Fleet) -> Fleet:
    for name, port in (("pod3", 7), ("web", 80), ("site1", 80), ("site1", 9), ("client", 80)):
        fleet.run(serve(port), at=name)
    return fleet


def test_pods_reach_pods_across_hosts_as_themselves(served: Fleet) -> None:
    assert served.run(seen("10.244.2.2", 7), at="pod1") == "10.244.1.2"


def test_a_node_reaches_a_pod_of_another_by_its_tunnel_address(served: Fleet) -> None:
    assert served.run(seen("10.244.2.2", 7), at="node1") == "10.244.1.0"


@pytest.mark.parametrize("source", ["tool2", "pod3"])
def test_what_leaves_a_host_is_masqueraded(served: Fleet, source: str) -> None:
    assert served.run(seen("203.0.113.80", 80), at=source) == "192.168.1.102"


def test_a_published_port_is_reached_from_outside_and_the_source_is_kept(served: Fleet) -> None:
    assert served.run(seen("192.168.1.101", 8080), at="client") == "198.51.100.10"


def test_a_host_reaches_its_own_published_port(served: Fleet) -> None:
    assert served.run(seen("127.0.0.1", 8080), at="node1") == "172.17.0.1"
    assert served.run(seen("192.168.1.101", 8080), at="node1") == "172.17.0.1"


def test_a_container_is_not_reached_past_its_published_ports(served: Fleet) -> None:
    with pytest.raises(AssertionError, match="timed out"):
        served.run(seen("172.17.0.2", 9), at="pod1")


def test_a_private_source_does_not_get_past_the_router(served: Fleet) -> None:
    """With node2's masquerade gone, a container's own address would go out."""
    rule = ["POSTROUTING", "-s", "172.17.0.0/16", "!", "-o", "docker0", "-j", "MASQUERADE"]
    served.run(lambda: subprocess.run(["iptables", "-t", "nat", "-D", *rule], check=True).returncode, at="node2")
    try:
        with pytest.raises(AssertionError, match="timed out"):
            served.run(seen("203.0.113.80", 80), at="tool2")
    finally:
        served.run(lambda: subprocess.run(["iptables", "-t", "nat", "-I", *rule], check=True).returncode, at="node2")


@pytest.mark.parametrize(
    ("source", "name", "answer"),
    [
        ("node1", "node3.lab.internal", ("NOERROR", ["192.168.1.103"])),
        ("pod1", "pod6.lab.internal", ("NOERROR", ["10.244.3.3"])),
        ("tool1", "site1.lab.internal", ("NOERROR", ["172.17.0.2"])),
        ("pod1", "site2.lab.internal", ("NXDOMAIN", [])),
        ("pod1", "www.example.com", ("NOERROR", ["203.0.113.80"])),
        ("pod1", "example.com", ("NOERROR", ["203.0.113.80"])),
        ("node1", "nothing.example.com", ("NXDOMAIN", [])),
    ],
)
def test_names(served: Fleet, source: str, name: str, answer: tuple[str, list[str]]) -> None:
    assert served.run(dig("192.168.1.101", name), at=source) == answer


def test_all_addresses_of_a_name_are_told(served: Fleet) -> None:
    status, addresses = served.run(dig("192.168.1.101", "router.lab.internal"), at="node1")
    assert (status, sorted(addresses)) == ("NOERROR", ["192.168.1.1", "198.51.100.1", "203.0.113.1"])
