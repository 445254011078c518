"""Tunnels of the kernel's own: packets between near and far travel inside others, of the protocol they should."""

from __future__ import annotations

from pathlib import Path

import pytest
from pair import FAR, NEAR, carries, needs, pair, told

from namespaces import Namespaces

#: What `ip link add` says after the type (own and peer put in), and what the outer packets are, as nft(8) has it.
KINDS = {
    "gre": ("local {own} remote {peer}", "ip protocol 47"),
    "ipip": ("local {own} remote {peer}", "ip protocol 4"),
    "geneve": ("id 7 remote {peer}", "udp dport 6081"),
}
ENDS = (("near", NEAR, FAR, "10.7.0.1/24"), ("far", FAR, NEAR, "10.7.0.2/24"))
WIREGUARD_PORT = 51820


@pytest.mark.parametrize("kind", KINDS)
def test_a_tunnel_carries_packets_inside_its_own(netns: Namespaces, kind: str) -> None:
    needs(kind)
    pair(netns)
    options, outer = KINDS[kind]
    for name, own, peer, address in ENDS:
        netns.ip(
            name,
            f"link add tunnel type {kind} {options.format(own=own, peer=peer)}",
            f"addr add {address} dev tunnel",
            "link set tunnel up",
        )
    carries(netns, outer, "10.7.0.2")


def test_wireguard_carries_packets_between_those_who_know_each_others_keys(netns: Namespaces) -> None:
    needs("wireguard", "wg")
    pair(netns)
    public = {name: key_pair(netns, name) for name in ("near", "far")}
    for (name, _, peer, address), other in zip(ENDS, ("far", "near"), strict=True):
        netns.ip(name, "link add wg0 type wireguard", f"addr add {address} dev wg0", "link set wg0 up")
        told(netns, name, f"wg set wg0 listen-port {WIREGUARD_PORT} private-key /run/{name}.key")
        know(netns, name, public[other], peer)
    carries(netns, f"udp dport {WIREGUARD_PORT}", "10.7.0.2")
    peer, seconds = told(netns, "far", "wg show wg0 latest-handshakes").split()
    assert (peer, int(seconds) > 0) == (public["near"], True)


def key_pair(netns: Namespaces, name: str) -> str:
    """A private key in /run; the public one."""
    private = netns.run(name, "wg", "genkey")
    Path(f"/run/{name}.key").write_text(private)
    return netns.run(name, "wg", "pubkey", input=private).strip()


def know(netns: Namespaces, name: str, public: str, endpoint: str) -> None:
    told(netns, name, f"wg set wg0 peer {public} endpoint {endpoint}:{WIREGUARD_PORT} allowed-ips 10.7.0.0/24")
