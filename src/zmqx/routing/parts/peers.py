"""Who is called what: the routing ids of a ROUTER's peers (RFC 28)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...pipes.pipe import Pipe


class Peers:
    """Routing id to pipe, and names for those that have none."""

    def __init__(self, seed: int) -> None:
        """``seed`` is where the automatic ids begin (32 random bits), so that an id kept over a
        restart does not name somebody else."""
        self._pipes: dict[bytes, Pipe] = {}
        self._next = seed

    def find(self, routing_id: bytes) -> Pipe | None:
        return self._pipes.get(routing_id)

    def values(self) -> list[Pipe]:
        return list(self._pipes.values())

    def name(self, pipe: Pipe, routing_id: bytes) -> None:
        """Enter a pipe under its id; an empty id makes one up: a zero byte and a 32-bit counter."""
        while not routing_id or (routing_id[0] == 0 and routing_id in self._pipes):
            # Peers may call themselves what we would have called the next.
            routing_id = b"\0" + self._next.to_bytes(4, "big")
            self._next = (self._next + 1) & 0xFFFFFFFF
        pipe.peer_id = routing_id
        self._pipes[routing_id] = pipe

    def forget(self, pipe: Pipe) -> None:
        """Remove a pipe, if it still is the one its id leads to."""
        if self._pipes.get(pipe.peer_id) is pipe:
            del self._pipes[pipe.peer_id]
