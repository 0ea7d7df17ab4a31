"""A queue that keeps the newest message only (CONFLATE), and counts those it replaced."""

from __future__ import annotations

from .halves import Queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..message import Item


class Newest(Queue):
    """One end appends, the other takes; each has a number of its own, so that neither needs the other's lock."""

    def __init__(self) -> None:
        super().__init__(maxlen=1)
        self._appended = 0
        self._taken = 0

    def append(self, item: Item) -> None:
        super().append(item)
        self._appended += 1

    def extend(self, items: Iterable[Item]) -> None:
        for item in items:
            self.append(item)

    def appendleft(self, item: Item) -> None:
        super().appendleft(item)
        self._appended += 1

    def extendleft(self, items: Iterable[Item]) -> None:
        for item in items:
            self.appendleft(item)

    def popleft(self) -> Item:
        item: Item = super().popleft()
        self._taken += 1
        return item

    def drain(self, most: int) -> list[Item]:
        return [self.popleft() for _ in range(min(most, len(self)))]

    def clear(self) -> None:
        while self:
            self.popleft()

    @property
    def replaced(self) -> int:
        """How many messages a newer one took the place of."""
        return self._appended - self._taken - len(self)
