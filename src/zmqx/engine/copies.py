"""What a publisher keeps encoded, because it sends the same to many."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Item, Part
    from .speaking import Speech


# Bytes that a publisher keeps encoded, at most: long messages cost little to encode, and much to keep.
_COPIES = 1 << 18


class Copies:
    """What a publisher encoded last: it sends the same to many, and they ask one after another."""

    __slots__ = ("_buffers", "_dialect", "_items")

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._buffers: list[Part] = []
        self._dialect: object = None

    def encode(self, items: list[Item], connection: Speech) -> list[Part]:
        """``connection.encode``, or the outcome of the last call if it would be the same."""
        # Comparing lists of the same objects is far cheaper than encoding them.
        if items == self._items and connection.dialect is self._dialect:
            return self._buffers
        buffers = connection.encode(items)
        if sum(map(len, buffers)) <= _COPIES:
            self._items, self._buffers, self._dialect = items, buffers, connection.dialect
        return buffers
