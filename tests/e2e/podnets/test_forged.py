"""Forged packets: pods under others' addresses, and frames for tunnels that nobody has."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

import pytest
from networks import Network

from vethlab.outcome import Reached
from vethlab.probe.packet import Packet
from vethlab.running import RunningLab
from vethlab.world import Vtep

#: Sends one datagram, of the length and source that is asked for, whoever the sender is (raw(7)).
_FORGE = """
import socket, sys
source, target, said = sys.argv[1], sys.argv[2], sys.argv[3].encode()
udp = (5003).to_bytes(2, 'big') + (7).to_bytes(2, 'big') + (8 + len(said)).to_bytes(2, 'big') + bytes(2) + said
ends = socket.inet_aton(source) + socket.inet_aton(target)
header = bytes([0x45, 0]) + (20 + len(udp)).to_bytes(2, 'big') + bytes(4) + bytes([64, 17]) + bytes(2) + ends
socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW).sendto(header + udp, (target, 0))
"""
_SEND = """
import socket, sys
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes.fromhex(sys.argv[3]), (sys.argv[1], int(sys.argv[2])))
"""


def forge(lab: RunningLab, network: Network, source: str, said: str) -> None:
    lab.run("pod1", "/usr/bin/python3", "-c", _FORGE, source, lab.address(network.far), said)


def says(packet: Packet, said: bytes) -> bool:
    return packet.udp is not None and packet.udp.sport == 5003 and said in packet.payload


def test_a_pod_under_anothers_address(lab: RunningLab, network: Network) -> None:
    """Where pods are routed to, or a switch knows its ports, only what is the pod's gets out; a bridge asks nobody."""
    pods = lab.world.machines["node1"].pods
    assert pods
    for host in lab.world.hosts():  # what this machine happens to filter everywhere shall prove nothing
        lab.run(host.name, "sh", "-ec", "echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter")
    with lab.capture(network.far, "eth0") as seen:
        forge(lab, network, lab.address(network.near), "forged")
        forge(lab, network, lab.address("pod1"), "honest")
        assert seen.wait(lambda p: says(p, b"honest"))
    assert any(says(p, b"forged") for p in seen) == (pods.wiring in ("bridge", "flat"))


Change = Callable[[bytes], bytes]


def other_vni(payload: bytes) -> bytes:
    return payload[:4] + struct.pack("!I", (struct.unpack("!I", payload[4:8])[0] >> 8) + 77 << 8) + payload[8:]


#: What makes a frame nobody's: RFC 7348, section 5 (the I flag must be set); RFC 8926, section 3.4 (a version not
#: known is dropped). An unknown option that is marked critical would be dropped too, but not by Open vSwitch 3.1.
CHANGES: Mapping[str, Mapping[str, Change]] = {
    "vxlan": {"VNI": other_vni, "no I flag": lambda p: b"\0" + p[1:]},
    "geneve": {"VNI": other_vni, "version": lambda p: bytes([p[0] | 0x40]) + p[1:]},
}


def test_frames_of_a_tunnel_that_nobody_has(lab: RunningLab, network: Network) -> None:
    """The same frame is sent again by hand, with one thing changed, and then as it was: only that one arrives."""
    pods, host = lab.world.machines["node1"].pods, lab.world.sandboxes[network.far].node
    assert pods
    vtep = next((v for v in pods.vteps if v.address.version == 4), None)
    changes = CHANGES.get(vtep.kind, {}) if vtep else {}
    if not changes or vtep is None:
        pytest.skip("this network's tunnel, if it has one, has no identifiers")
    payload = genuine(lab, network, vtep)
    for name, change in changes.items():
        with lab.capture(network.far, "eth0") as seen:
            send(lab, host, vtep, change(payload).replace(b"honest", b"forged"))
            send(lab, host, vtep, payload)
            assert seen.wait(lambda p: says(p, b"honest")), name
        assert not any(says(p, b"forged") for p in seen), name
    assert lab.probe("pod1", network.far, tcp=7) == Reached(lab.address("pod1"), network.far)


def genuine(lab: RunningLab, network: Network, vtep: Vtep) -> bytes:
    """What the outer UDP carries when pod1 says something."""
    with lab.capture("node1", "eth0") as wire:
        forge(lab, network, lab.address("pod1"), "honest")
        packet = wire.wait(lambda p: p.udp and p.udp.dport == vtep.port and b"honest" in p.payload)
    assert packet
    return packet.payload


def send(lab: RunningLab, host: str, vtep: Vtep, payload: bytes) -> None:
    lab.run("node1", "/usr/bin/python3", "-c", _SEND, lab.address(host), str(vtep.port), payload.hex())
