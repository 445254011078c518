"""On the wire: what a pod's packet looks like between the hosts, byte for byte."""

from __future__ import annotations

import struct

import pytest
from networks import Network

from vethlab.outcome import Reached
from vethlab.probe.packet import Packet, decode
from vethlab.running import RunningLab
from vethlab.world import Vtep

FLOWS = 8


def tunnel(lab: RunningLab) -> Vtep | None:
    pods = lab.world.machines["node1"].pods
    assert pods
    return next((v for v in pods.vteps if v.address.version == 4), None)


@pytest.fixture(scope="module")
def seen(lab: RunningLab, network: Network) -> list[Packet]:
    """What node1's port sends and receives while pod1 opens connections to a pod of another host."""
    far = network.far
    with lab.capture("node1", "eth0") as packets:
        for _ in range(FLOWS):
            assert lab.probe("pod1", far, tcp=7) == Reached(lab.address("pod1"), far)
    return [p for p in packets if p.ip and p.ip.version == 4]


def ends(lab: RunningLab, network: Network) -> set[str]:
    return {lab.address("node1"), lab.address(lab.world.sandboxes[network.far].node)}


def outer(lab: RunningLab, network: Network, seen: list[Packet]) -> list[Packet]:
    """What is between the two hosts."""
    return [p for p in seen if p.ip and {p.ip.src, p.ip.dst} == ends(lab, network)]


def carried(lab: RunningLab, network: Network, packets: list[Packet]) -> list[Packet]:
    """The inner packets, of whatever encapsulation, between the two pods."""
    pods = {lab.address("pod1"), lab.address(network.far)}
    inner = [_inner(p, tunnel(lab)) for p in packets]
    return [p for p in inner if p and p.ip and {p.ip.src, p.ip.dst} == pods]


def _inner(packet: Packet, vtep: Vtep | None) -> Packet | None:
    if vtep is None:
        return packet
    if vtep.kind in ("vxlan", "geneve"):
        return packet.inner
    if vtep.kind == "sleeve":
        return decode(packet.payload)
    return decode(bytes(12) + b"\x08\x00" + packet.payload)  # packets without a frame: give them one


def test_what_is_inside_is_what_the_pods_said(lab: RunningLab, network: Network, seen: list[Packet]) -> None:
    """Whole TCP segments from pod to pod, both ways; what a program carries has its checksums, the kernel may wait."""
    vtep = tunnel(lab)
    if vtep and vtep.kind == "wireguard":
        pytest.skip("nobody but the hosts can read it, as it should be")
    packets = carried(lab, network, seen if vtep is None else outer(lab, network, seen))
    syns = [p for p in packets if p.tcp and p.tcp.syn and not p.tcp.has_ack]
    answers = [p for p in packets if p.tcp and p.tcp.syn and p.tcp.has_ack]
    assert len({p.tcp.sport for p in syns if p.tcp}) >= FLOWS
    assert len({p.tcp.dport for p in answers if p.tcp}) >= FLOWS
    assert all(p.tcp and p.tcp.dport == 7 for p in syns)
    if vtep and vtep.kind in ("udp", "sleeve", "geneve"):
        assert all(checksum_holds(p) for p in packets)


def checksum_holds(packet: Packet) -> bool:
    """RFC 9293, 3.1: over the addresses, the protocol, the length and the whole segment."""
    ip = packet.frame[14:]
    segment = ip[(ip[0] & 15) * 4 : int.from_bytes(ip[2:4], "big")]
    data = ip[12:20] + struct.pack("!HH", 6, len(segment)) + segment + bytes(len(segment) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    return (total & 0xFFFF) + (total >> 16) in (0xFFFF, 0x1FFFE - 0xFFFF)


def test_nothing_of_a_pod_is_bare_where_there_is_a_tunnel(
    lab: RunningLab, network: Network, seen: list[Packet]
) -> None:
    pods = {lab.address("pod1"), lab.address(network.far)}
    bare = [p for p in seen if p.ip and {p.ip.src, p.ip.dst} & pods]
    assert bool(bare) == (tunnel(lab) is None)


def test_the_outer_header(lab: RunningLab, network: Network, seen: list[Packet]) -> None:
    vtep, packets = tunnel(lab), outer(lab, network, seen)
    if vtep is None:
        assert packets == [] or network.name.startswith("calico-bgp")  # where BGP itself is what hosts say
        return
    if vtep.kind == "ipip":
        assert {p.ip.protocol for p in packets if p.ip} == {4}
        return
    assert {p.udp.dport for p in packets if p.udp} == {vtep.port}
    assert all(p.udp for p in packets)
    {"vxlan": vxlan, "geneve": geneve, "udp": plain, "sleeve": plain, "wireguard": wireguard}[vtep.kind](lab, packets)


def vxlan(lab: RunningLab, packets: list[Packet]) -> None:
    """RFC 7348, section 5: flags with only the I bit, everything reserved zero, the VNI; the port says the flow."""
    vtep = tunnel(lab)
    assert vtep
    for p in packets:
        assert p.vxlan
        assert (p.vxlan.flags, p.vxlan.vni) == (0x08, vtep.vni)
        assert p.payload[:8] == struct.pack("!II", 0x08 << 24, vtep.vni << 8)
        assert p.ip
        assert not p.ip.dont_fragment
    assert len({p.udp.sport for p in packets if p.udp and p.ip and p.ip.src == lab.address("node1")}) > 1


def geneve(lab: RunningLab, packets: list[Packet]) -> None:
    """RFC 8926, section 3.4: version 0, Ethernet inside, the receiver's switch for VNI; one option, OVN's, critical."""
    keys = {lab.address(h.name): h.pods.vteps[0].vni for h in lab.world.hosts() if h.pods}
    assert packets
    for p in packets:
        assert p.geneve
        assert p.ip
        assert (p.geneve.version, p.geneve.protocol, p.geneve.vni) == (0, 0x6558, keys[p.ip.dst])
        (option,) = p.geneve.options
        assert (option.option_class, option.type, option.critical) == (0x0102, 0x80, True)
        assert struct.unpack("!HH", option.data) == (keys[p.ip.src], keys[p.ip.dst])
        assert p.inner
        assert p.inner.eth.type == 0x0800
    assert len({p.udp.sport for p in packets if p.udp and p.ip and p.ip.src == lab.address("node1")}) > 1


def plain(lab: RunningLab, packets: list[Packet]) -> None:
    """No header of its own: one program talks to the other, always from the same port."""
    vtep = tunnel(lab)
    assert vtep
    assert {p.udp.sport for p in packets if p.udp} == {vtep.port}


def wireguard(lab: RunningLab, packets: list[Packet]) -> None:
    """Messages of types 1 (initiation), 2 (response), 3 (cookie) and 4 (data), and never a readable packet."""
    kinds = {p.payload[0] for p in packets}
    assert 4 in kinds
    assert kinds <= {1, 2, 3, 4}
