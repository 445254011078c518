"""Names: of the lab from the host, of the world through it, and a plain no for what is not there."""

from __future__ import annotations

import pytest

from vethlab.outcome import Answered
from vethlab.running import RunningLab


@pytest.mark.topology("three-node", scope="session")
@pytest.mark.parametrize("source", ["node1", "tool1", "pod1", "pod6"])
def test_everybody_asks_the_own_host_and_gets_what_the_world_says(lab: RunningLab, source: str) -> None:
    host = lab.world.sandboxes[source].node if source in lab.world.sandboxes else source
    server = lab.address(host)
    assert lab.probe(source, "resolver", dns="www.example.com") == Answered("NOERROR", ("203.0.113.80",))
    asked = lab.probe(source, lab.address(host), dns="www.example.com")
    assert asked == Answered("NOERROR", ("203.0.113.80",), server)


@pytest.mark.topology("three-node", scope="session")
def test_a_name_that_is_not_there_is_denied_inside_and_outside(lab: RunningLab) -> None:
    assert lab.probe("pod1", "node1", dns="pod1.lab.internal") == Answered("NOERROR", ("10.244.1.2",))
    assert lab.probe("pod1", "node1", dns="nobody.lab.internal") == Answered("NXDOMAIN", ())
    assert lab.probe("pod1", "node1", dns="nobody.example.com") == Answered("NXDOMAIN", ())


@pytest.mark.topology("three-node", scope="session")
def test_a_host_knows_pods_of_all_hosts_and_containers_of_its_own(lab: RunningLab) -> None:
    assert lab.probe("node1", "node1", dns="pod6.lab.internal") == Answered("NOERROR", (lab.address("pod6"),))
    assert lab.probe("node1", "node1", dns="site1.lab.internal") == Answered("NOERROR", ("172.17.0.2",))
    assert lab.probe("node1", "node1", dns="site2.lab.internal") == Answered("NXDOMAIN", ())


@pytest.mark.topology("three-node", scope="session")
def test_the_authoritative_server_says_itself_what_hosts_pass_on(lab: RunningLab) -> None:
    assert lab.probe("node1", "ns", dns="client.example.com") == Answered("NOERROR", ("198.51.100.10",), "203.0.113.53")
    assert lab.probe("node1", "192.168.1.102", dns="client.example.com") == Answered("NOERROR", ("198.51.100.10",))


@pytest.mark.topology("three-node", scope="session")
def test_programs_find_names_as_probes_do(lab: RunningLab) -> None:
    """dig, and the C library by way of resolv.conf with its search list."""
    assert lab.run("pod1", "dig", "+short", "www.example.com").stdout.split() == ["203.0.113.80"]
    assert lab.run("pod1", "getent", "ahostsv4", "pod6").stdout.split()[0] == lab.address("pod6")


@pytest.mark.topology("three-node-dual-stack", scope="session")
@pytest.mark.parametrize(("record", "address"), [("A", "203.0.113.80"), ("AAAA", "2001:db8:a::80")])
def test_one_name_has_an_address_of_each_family(lab: RunningLab, record: str, address: str) -> None:
    assert lab.probe("pod1", "node1", dns="www.example.com", record=record) == Answered("NOERROR", (address,))
    assert lab.probe("pod1", "node1", dns="www.example.com", record=record, version=6) == Answered(
        "NOERROR", (address,)
    )


@pytest.mark.topology("single-host-docker", scope="session")
def test_a_network_of_ones_own_answers_its_members_alone(lab: RunningLab) -> None:
    """127.0.0.11 knows names and aliases there, and passes on the rest; docker0's containers ask their host."""
    node = lab.address("node1")
    for name in ("shop", "store"):
        assert lab.probe("till", "resolver", dns=name) == Answered("NOERROR", ("172.18.0.2",), "127.0.0.11")
    assert lab.probe("till", "resolver", dns="www.example.com") == Answered("NOERROR", ("203.0.113.80",), "127.0.0.11")
    assert lab.probe("tool", "resolver", dns="shop") == Answered("REFUSED", ())
    assert lab.probe("tool", "resolver", dns="site.lab.internal") == Answered("NOERROR", ("172.17.0.2",), node)


@pytest.mark.topology("two-rack", scope="session")
def test_hosts_of_either_rack_know_the_pods_of_both(lab: RunningLab) -> None:
    """Each asks its own host, as there is no server beyond the racks: a name of the world is nobody's."""
    for source, host in (("pod1", "node1"), ("node4", "node4"), ("pod4", "node4")):
        server = lab.address(host)
        for pod in ("pod1", "pod4"):
            assert lab.probe(source, host, dns=f"{pod}.lab.internal") == Answered(
                "NOERROR", (lab.address(pod),), server
            )
        assert lab.probe(source, host, dns="nobody.lab.internal") == Answered("NXDOMAIN", (), server)
