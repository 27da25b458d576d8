"""The Merkle tree over a timeline's records (RFC 6962, section 2.1), kept as its frontier.

The frontier of a tree of n leaves is the roots of its complete subtrees, the largest first: one for each
bit of n that is set. A new leaf costs two hashes on average, and the root of the whole follows from it.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from hashlib import sha256

EMPTY_ROOT = sha256().digest()
"""The root of the tree without a leaf."""

Frontier = Sequence[bytes]


def grow(frontier: Frontier, size: int, leaves: Iterable[bytes]) -> list[bytes]:
    """The frontier after further leaf hashes; `size` is the number of leaves before them."""
    nodes = list(frontier)
    for leaf in leaves:
        node, carry = leaf, size
        while carry & 1:
            node = _parent(nodes.pop(), node)
            carry >>= 1
        nodes.append(node)
        size += 1
    return nodes


def root(frontier: Frontier) -> bytes:
    """The root hash of the tree that has this frontier."""
    if not frontier:
        return EMPTY_ROOT
    return reduce(lambda right, node: _parent(node, right), reversed(frontier))


def subtrees(size: int) -> list[range]:
    """The positions of the records below each node of the frontier of a tree of so many leaves."""
    ranges, first = [], 1
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            ranges.append(range(first, first + (1 << bit)))
            first += 1 << bit
    return ranges


def _parent(first: bytes, second: bytes) -> bytes:
    return sha256(b"\x01" + first + second).digest()
