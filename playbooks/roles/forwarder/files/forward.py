# SPDX-License-Identifier: Apache-2.0
"""A tunnel in user space: what goes into a TUN or TAP device comes out of another host's, in UDP between them.

    kernel ──packet──> device ──read──> this program ──UDP──> its like on the peer ──write──> device ──> kernel

A TUN device carries packets, and which peer has a destination is written down (flannel's udp backend). A TAP device
carries frames: who has a MAC address is learned from where its frames come from, and what nobody is known to have goes
to everyone (Weave's sleeve, as far as data goes).

    forward.py DEVICE tun|tap LISTEN PEERS PIDFILE

LISTEN is ADDRESS:PORT; the port is the peers' too. PEERS is a file with a line for each: UNDERLAY PREFIX.
The program goes to the background once it can forward.
"""

import fcntl
import ipaddress
import os
import selectors
import signal
import socket
import struct
import sys
from contextlib import suppress

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_TAP, IFF_NO_PI = 1, 2, 0x1000
IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0
LARGEST = 65536
NETWORK_UNREACHABLE, TIME_EXCEEDED = (3, 0), (11, 0)


def open_device(name, mode):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    flags = (IFF_TAP if mode == "tap" else IFF_TUN) | IFF_NO_PI
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    return device


def open_socket(listen):
    address, _, port = listen.rpartition(":")
    outer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    # An outer packet that is too large is fragmented on its way: the inner one's DF is the inner one's affair.
    outer.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
    outer.bind((address, int(port)))
    return outer


def read_peers(path):
    """[(underlay address, network as a number, mask as a number)], the longest prefix first."""
    with open(path) as lines:
        rows = [line.split() for line in lines if line.strip()]
    found = [(underlay, ipaddress.ip_network(prefix)) for underlay, prefix in rows]
    found.sort(key=lambda row: -row[1].prefixlen)
    return [(underlay, int(p.network_address), int(p.netmask)) for underlay, p in found]


def checksum(data):
    """RFC 1071."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data)) + (data[-1] << 8 if len(data) % 2 else 0)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def complaint(packet, own, what):
    """An ICMP error about an IPv4 packet, to its source (RFC 792)."""
    quoted = packet[: (packet[0] & 15) * 4 + 8]
    body = bytes(what) + b"\0\0" + bytes(4) + quoted
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, 1, 0, own, packet[12:16])
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


class Packets:
    """Which peer has a destination is written down. This hop counts as one: the TTL goes down (RFC 1812, 5.3.1)."""

    def __init__(self, peers, own):
        self.peers, self.own = peers, socket.inet_aton(own)

    def route(self, packet):
        """(the packet as it goes on, the peers it goes to, an answer to its sender or None)"""
        if len(packet) < 20 or packet[0] >> 4 != 4:
            return packet, (), None
        destination = int.from_bytes(packet[16:20], "big")
        peer = next((u for u, network, mask in self.peers if destination & mask == network), None)
        if peer is None:
            return packet, (), complaint(packet, self.own, NETWORK_UNREACHABLE)
        if packet[8] <= 1:
            return packet, (), complaint(packet, self.own, TIME_EXCEEDED)
        return lower_ttl(packet), (peer,), None

    def learn(self, packet, peer):
        pass


def lower_ttl(packet):
    head = bytearray(packet[: (packet[0] & 15) * 4])
    head[8] -= 1
    head[10:12] = b"\0\0"
    head[10:12] = struct.pack("!H", checksum(bytes(head)))
    return bytes(head) + packet[len(head) :]


class Frames:
    """Who has a MAC address is learned; broadcasts, and what is not known, go to everyone."""

    def __init__(self, peers):
        self.everyone = tuple(underlay for underlay, _, _ in peers)
        self.behind = {}

    def route(self, frame):
        peer = self.behind.get(frame[:6])
        return frame, (peer,) if peer else self.everyone, None

    def learn(self, frame, peer):
        if not frame[6] & 1:
            self.behind[frame[6:12]] = peer


def drain(read):
    while True:
        try:
            yield read()
        except BlockingIOError:
            return
        except OSError:  # ICMP about an earlier packet, or a device that is down for the moment
            return


def forward(device, outer, table, everyone):
    port = outer.getsockname()[1]
    known = set(everyone)

    def from_device():
        for packet in drain(lambda: os.read(device, LARGEST)):
            packet, peers, answer = table.route(packet)
            if answer:
                os.write(device, answer)
            for peer in peers:
                with suppress(OSError):  # as on any wire: it is lost
                    outer.sendto(packet, (peer, port))

    def from_peers():
        for packet, (peer, _) in drain(lambda: outer.recvfrom(LARGEST)):
            if peer in known and len(packet) >= 14:
                table.learn(packet, peer)
                with suppress(OSError):  # not a packet
                    os.write(device, packet)

    with selectors.DefaultSelector() as ready:
        ready.register(device, selectors.EVENT_READ, from_device)
        ready.register(outer, selectors.EVENT_READ, from_peers)
        while True:
            for key, _ in ready.select():
                key.data()


def to_background(pidfile):
    if os.fork():
        os._exit(0)
    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    with open(pidfile, "w") as file:
        file.write(f"{os.getpid()}\n")
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def main():
    name, mode, listen, peers_file, pidfile = sys.argv[1:]
    peers = read_peers(peers_file)
    device, outer = open_device(name, mode), open_socket(listen)
    table = Frames(peers) if mode == "tap" else Packets(peers, listen.rpartition(":")[0])
    to_background(pidfile)
    forward(device, outer, table, [underlay for underlay, _, _ in peers])


if __name__ == "__main__":
    main()
