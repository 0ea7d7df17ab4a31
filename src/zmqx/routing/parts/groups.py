"""Who joined which group (RFC 48). Groups are compared whole, not by prefix."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...pipes.pipe import Pipe


class Members:
    """The members of each group. A peer may join one several times, and has to leave it as often."""

    def __init__(self) -> None:
        self._groups: dict[bytes, dict[Pipe, None]] = {}
        self._joined: dict[Pipe, dict[bytes, int]] = {}
        self._nobody: dict[Pipe, None] = {}

    def of(self, group: bytes) -> dict[Pipe, None]:
        """Those who get the messages of a group; not to be changed."""
        return self._groups.get(group, self._nobody)

    def change(self, pipe: Pipe, group: bytes, on: bool) -> None:
        """A peer joins a group, or leaves it; leaving one that it is not in means nothing."""
        joined = self._joined.setdefault(pipe, {})
        count = joined.get(group, 0) + (1 if on else -1)
        if count > 0:
            joined[group] = count
            self._groups.setdefault(group, {})[pipe] = None
        elif joined.pop(group, None):
            self._drop(pipe, group)
        if not joined:
            del self._joined[pipe]

    def forget(self, pipe: Pipe) -> None:
        """A peer is gone from every group."""
        for group in self._joined.pop(pipe, ()):
            self._drop(pipe, group)

    def _drop(self, pipe: Pipe, group: bytes) -> None:
        members = self._groups[group]
        del members[pipe]
        if not members:
            del self._groups[group]
