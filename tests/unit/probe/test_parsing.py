"""What the probes make of bytes: answers, frames, errors, routes."""

from __future__ import annotations

import errno
import itertools
import json
import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vethlab.outcome import Http, NotMeasured, Outcome, Reached, Refused, Timeout, Unreachable
from vethlab.probe import packet
from vethlab.probe.bracket import _gateways
from vethlab.probe.dns import first_nameserver
from vethlab.probe.failure import icmp_meaning, meaning
from vethlab.probe.http import parse_response
from vethlab.probe.icmp import checksum, echo_request
from vethlab.probe.mtu import spread
from vethlab.probe.patience import needs_icmp_error, seconds
from vethlab.probe.tcp import banner


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("nameserver 10.0.0.53\nnameserver 10.0.0.54\n", "10.0.0.53"),
        ("# nameserver 1.1.1.1\nsearch netns\n\tnameserver\tfd00::53 trailing\n", "fd00::53"),
        ("nameserver nonsense\nnameserver 10.0.0.54", "10.0.0.54"),
        ("nameserver fe80::1%eth0", "fe80::1%eth0"),
        ("", "127.0.0.1"),
    ],
)
def test_first_nameserver(text: str, server: str) -> None:
    assert first_nameserver(text) == server


BODY = json.dumps({"identity": "web", "source": "10.0.0.1"}).encode()
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


@pytest.mark.parametrize("response", [WHOLE, CHUNKED])
def test_http_response_is_whole_at_its_last_byte(response: bytes) -> None:
    told = Http(200, "10.0.0.1", "web")
    first = next(n for n in range(len(response) + 1) if parse_response(response[:n], ended=False) is not None)
    assert first >= len(response) - len(b"\r\n\r\n")
    assert parse_response(response, ended=False) == told


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (b"HTTP/1.0 404 Not Found\r\n\r\nno", Http(404)),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 99\r\n\r\ncut", Http(502)),
        (b"HTTP/1.1 200 OK\r\n\r\n[1, 2]", Http(200)),
        (b"220 hello\r\n", Reached()),
        (b"HTTP/1.1 what\r\n\r\n", Reached()),
        (b"", Reached()),
    ],
)
def test_http_answers_that_ended(data: bytes, outcome: Outcome) -> None:
    assert parse_response(data, ended=True) == outcome


@given(st.binary(max_size=200), st.booleans())
def test_http_takes_anything(data: bytes, ended: bool) -> None:
    found = parse_response(data, ended)
    assert found is not None or not ended


@given(st.binary(max_size=100))
def test_banner_takes_anything(data: bytes) -> None:
    assert isinstance(banner(data), Reached)


def test_banner() -> None:
    assert banner(b'{"identity": "b", "source": "::1", "port": 5}\n') == Reached("::1", "b")
    assert banner(b"SSH-2.0-x\r\n") == Reached()
    assert banner(b"[]\n") == Reached()


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (errno.ECONNREFUSED, Refused()),
        (errno.ENETUNREACH, Unreachable("no-route")),
        (errno.EHOSTUNREACH, Unreachable("host")),
        (errno.EACCES, Unreachable("prohibited")),
        (errno.EPERM, None),
        (0, None),
        (errno.EMFILE, NotMeasured("the probe failed: EMFILE")),
    ],
)
def test_meaning_of_errno(number: int, outcome: Outcome | None) -> None:
    assert meaning(number) == outcome


@pytest.mark.parametrize(
    ("origin", "type_", "code", "outcome"),
    [
        (2, 3, 0, Unreachable("network")),
        (2, 3, 1, Unreachable("host")),
        (2, 3, 2, Unreachable("other:3/2")),
        (2, 3, 3, Refused()),
        (2, 3, 4, None),
        (2, 3, 13, Unreachable("prohibited")),
        (2, 11, 0, Unreachable("other:11/0")),
        (3, 1, 0, Unreachable("network")),
        (3, 1, 1, Unreachable("prohibited")),
        (3, 1, 3, Unreachable("host")),
        (3, 1, 4, Refused()),
        (3, 2, 0, None),
        (3, 3, 0, Unreachable("other:3/0")),
    ],
)
def test_meaning_of_icmp(origin: int, type_: int, code: int, outcome: Outcome | None) -> None:
    assert icmp_meaning(origin, type_, code) == outcome


@given(st.integers(0, 65535), st.integers(1, 65536), st.integers(1, 40))
def test_spread_cuts_every_gap(low: int, gap: int, count: int) -> None:
    sizes = spread(low, low + gap, count)
    assert all(low < size < low + gap for size in sizes)
    assert sizes == sorted(set(sizes))
    assert bool(sizes) == (gap > 1)
    edges = [low, *sizes, low + gap]
    assert max(b - a for a, b in itertools.pairwise(edges)) <= gap // (count + 1) + 1


@given(st.binary(max_size=64))
def test_checksum_of_a_message_with_its_checksum_is_zero(data: bytes) -> None:
    assert checksum(echo_request(4, 7, 1, data)) == 0


def test_gateways() -> None:
    v4 = "Iface Destination Gateway Flags RefCnt Use Metric Mask\neth0 00000000 FE00000A 3 0 0 0 00000000\n"
    assert list(_gateways(v4.splitlines(), 4)) == ["10.0.0.254"]
    gateways = ("fd0000000000000000000000000000fe", "fe80" + "0" * 27 + "1", "0" * 32)
    v6 = [f"{'0' * 32} 00 {'0' * 32} 00 {gateway} 00000400 1 0 3 eth0" for gateway in gateways]
    assert list(_gateways(v6, 6)) == ["fd00::fe", "fe80::1%eth0"]


def test_patience() -> None:
    assert seconds(Timeout(), 1.0) == 1.0
    assert seconds(Reached(), 1.0) == 4.0
    assert seconds(Unreachable("host"), 1.0) == 4.0
    assert [needs_icmp_error(k, Refused()) for k in ("tcp", "http", "udp", "dns")] == [False, False, True, True]
    assert needs_icmp_error("tcp", Unreachable("network"))
    assert not needs_icmp_error("tcp", Unreachable("no-route"))


def udp_frame(port: int, payload: bytes) -> bytes:
    udp = dpkt.udp.UDP(sport=1234, dport=port, data=payload, ulen=8 + len(payload))
    ip = dpkt.ip.IP(src=b"\x0a\0\0\1", dst=b"\x0a\0\0\2", p=17, data=udp, len=28 + len(payload))
    return bytes(dpkt.ethernet.Ethernet(src=b"\2" * 6, dst=b"\4" * 6, type=0x800, data=ip))


@pytest.mark.parametrize(
    ("port", "header", "layer"),
    [
        (4789, struct.pack("!II", 0x08000000, 42 << 8), "vxlan"),
        (8472, struct.pack("!II", 0x08000000, 42 << 8), "vxlan"),
        (6081, struct.pack("!BBHI", 0, 0, 0x6558, 42 << 8), "geneve"),
        (6081, struct.pack("!BBHI", 2, 0, 0x6558, 42 << 8) + b"\1" * 8, "geneve"),
    ],
)
def test_decode_looks_into_tunnels(port: int, header: bytes, layer: str) -> None:
    found = packet.decode(udp_frame(port, header + udp_frame(53, b"hello")))
    assert getattr(found, layer).vni == 42
    assert found.udp.dport == port
    assert (found.inner.ip.src, found.inner.udp.dport, found.inner.payload) == ("10.0.0.1", 53, b"hello")


@given(st.binary(max_size=120), st.integers(0, 60))
def test_decode_takes_anything(data: bytes, cut: int) -> None:
    packet.decode(data)
    frame = udp_frame(8472, struct.pack("!II", 0x08000000, 0) + data)
    kept = frame[: len(frame) - cut]
    assert packet.decode(kept).frame == kept
