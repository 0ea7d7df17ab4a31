"""Who is called what: the routing ids of a SERVER's peers, 32 bits each and never 0 (RFC 41)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...pipes.pipe import Pipe


class Numbers:
    """Number to pipe."""

    def __init__(self, seed: int) -> None:
        """``seed`` is where they begin (32 random bits), so that one kept over a restart does not name somebody
        else."""
        self._pipes: dict[int, Pipe] = {}
        self._next = seed

    def find(self, number: int) -> Pipe | None:
        return self._pipes.get(number)

    def name(self, pipe: Pipe) -> int:
        """Give a new pipe the next number that is free."""
        while not self._next or self._next in self._pipes:
            self._next = (self._next + 1) & 0xFFFFFFFF
        number = self._next
        self._next = (number + 1) & 0xFFFFFFFF
        pipe.peer_id = number.to_bytes(4, "big")
        self._pipes[number] = pipe
        return number

    def forget(self, pipe: Pipe) -> None:
        self._pipes.pop(number_of(pipe), None)


def number_of(pipe: Pipe) -> int:
    """The routing id of a pipe that has been named."""
    return int.from_bytes(pipe.peer_id, "big")
