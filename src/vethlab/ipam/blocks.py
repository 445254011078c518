"""Calico's address management: nodes claim blocks of a pool as they need them, and borrow when none is left.

    pool 10.244.0.0/16 ──cut──> blocks of /26 (64 addresses), each affine to one node or to none
    address wanted ──> a block of the node's own that has one
                   ──> else a block nobody has: the node claims it
                   ──> else, unless affinity is strict, an address borrowed of another node's block

Routing follows: a node announces its blocks whole, and each address it borrowed as a /32, which is longer and wins.
A freed address goes to the end of its block's queue, so that it is not given again at once. Where Calico takes a free
block by a hash of the node's name, this takes the lowest, so that a reader can follow it.

Source: Calico's reference, "IP pool" (blockSize, 26 and 122) and "IPAM" (strictAffinity, maxBlocksPerHost).
"""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["BLOCK_LENGTH", "Allocation", "Block", "BlockPool", "Exhausted"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network

#: The prefix length of a block, by IP version.
BLOCK_LENGTH = {4: 26, 6: 122}


class Exhausted(ValueError):
    """No address is left for that node."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """`owner` has `address` on `node`; `borrowed` when the block is affine to another."""

    owner: str
    node: str
    address: Address
    borrowed: bool


@dataclass(slots=True)
class Block:
    """`node` is whom it is affine to, None for nobody. `queue` holds the offsets that are free, the next one first."""

    subnet: Subnet
    node: str | None
    queue: deque[int]

    def take(self, wanted: Address | None = None) -> Address | None:
        """The next free address, or the wanted one; None where it is not free."""
        if wanted is None:
            return self.subnet.network_address + self.queue.popleft() if self.queue else None
        offset = int(wanted) - int(self.subnet.network_address)
        if offset not in self.queue:
            return None
        self.queue.remove(offset)
        return wanted

    def give_back(self, address: Address) -> None:
        """Free an address that was taken. It goes to the end of the queue, so that it is not soon somebody else's."""
        self.queue.append(int(address) - int(self.subnet.network_address))

    @property
    def free(self) -> int:
        """How many addresses are left."""
        return len(self.queue)


@dataclass(slots=True)
class BlockPool:
    """One pool and what became of it. `most` is how many blocks a node may claim."""

    cidr: Subnet
    length: int | None = None
    strict: bool = False
    most: int = 20
    blocks: dict[Subnet, Block] = field(default_factory=dict)
    allocations: dict[Address, Allocation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.length = self.length or BLOCK_LENGTH[self.cidr.version]
        if self.length < self.cidr.prefixlen:
            raise ValueError(f"{self.cidr} is smaller than a block of /{self.length}")

    def allocate(self, node: str, owner: str, wanted: Address | None = None) -> Allocation:
        """An address for `owner` on `node`, the `wanted` one if given. Raises Exhausted; ValueError if it is taken."""
        address = self._wanted(node, wanted) if wanted is not None else self._any(node)
        borrowed = self.blocks[self._block_of(address)].node != node
        found = self.allocations[address] = Allocation(owner, node, address, borrowed)
        return found

    def release(self, address: Address) -> None:
        """Give an address back. A block stays with its node, even when it is empty (`release_empty`)."""
        del self.allocations[address]
        self.blocks[self._block_of(address)].give_back(address)

    def release_empty(self) -> list[Subnet]:
        """Take from their nodes the blocks no address of which is in use, as Calico's garbage collector does."""
        used = {self._block_of(address) for address in self.allocations}
        empty = [subnet for subnet in self.blocks if subnet not in used]
        for subnet in empty:
            del self.blocks[subnet]
        return empty

    def claim(self, node: str) -> Block:
        """The lowest block that nobody has. Raises Exhausted."""
        if sum(b.node == node for b in self.blocks.values()) >= self.most:
            raise Exhausted(f"{node} has {self.most} blocks of {self.cidr}, and may not have more")
        subnet = next((s for s in self.cidr.subnets(new_prefix=self.length) if s not in self.blocks), None)
        if subnet is None:
            raise Exhausted(f"no block of {self.cidr} is left for {node}")
        return self._claim(subnet, node)

    def blocks_of(self, node: str) -> tuple[Subnet, ...]:
        """The blocks affine to a node, in the order it claimed them: what it announces whole."""
        return tuple(b.subnet for b in self.blocks.values() if b.node == node)

    def borrowed_by(self, node: str) -> tuple[Address, ...]:
        """The addresses a node has of others' blocks: what it announces one by one."""
        return tuple(a.address for a in self.allocations.values() if a.node == node and a.borrowed)

    def _any(self, node: str) -> Address:
        own = (b.take() for b in self._affine(node))
        address = next((a for a in own if a is not None), None)
        if address is not None:
            return address
        try:
            address = self.claim(node).take()
        except Exhausted:
            if self.strict:
                raise
            address = self._borrow(node)
        assert address is not None
        return address

    def _borrow(self, node: str) -> Address:
        for block in self.blocks.values():
            address = block.take()
            if address is not None:
                return address
        raise Exhausted(f"no address of {self.cidr} is left for {node}: every block is claimed, and full")

    def _wanted(self, node: str, wanted: Address) -> Address:
        if wanted not in self.cidr:
            raise ValueError(f"{wanted} is not in {self.cidr}")
        subnet = self._block_of(wanted)
        block = self.blocks.get(subnet) or self._claim(subnet, node)
        if self.strict and block.node != node:
            raise ValueError(f"{wanted} is in {subnet}, which is {block.node}'s, and affinity is strict")
        if block.take(wanted) is None:
            owner = self.allocations[wanted].owner
            raise ValueError(f"{wanted} is already that of {owner}")
        return wanted

    def _claim(self, subnet: Subnet, node: str) -> Block:
        block = self.blocks[subnet] = Block(subnet, node, deque(range(subnet.num_addresses)))
        return block

    def _affine(self, node: str) -> Iterator[Block]:
        return (b for b in self.blocks.values() if b.node == node)

    def _block_of(self, address: Address) -> Subnet:
        return ipaddress.ip_network(f"{address}/{self.length}", strict=False)
