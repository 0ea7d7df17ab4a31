"""The endpoints of one socket by name; one may have several names, and a name several endpoints."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


class EndpointTable:
    """What a socket is bound to, or connected to."""

    __slots__ = ("_by_name",)

    def __init__(self) -> None:
        self._by_name: dict[str, list[Any]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Any]:
        """The endpoints, each once."""
        return iter({id(port): port for ports in self._by_name.values() for port in ports}.values())

    def add(self, port: object, *names: str) -> None:
        """Enter an endpoint under its names."""
        for name in dict.fromkeys(names):
            self._by_name.setdefault(name, []).append(port)

    def take(self, name: str) -> Any:
        """Take the last endpoint of this name out of the table; None if there is none."""
        ports = self._by_name.get(name)
        if not ports:
            return None
        port = ports[-1]
        self.remove(port)
        return port

    def remove(self, port: object) -> None:
        """Take an endpoint out, under whatever names it stands here."""
        for name in [name for name, ports in self._by_name.items() if port in ports]:
            self._by_name[name].remove(port)
            if not self._by_name[name]:
                del self._by_name[name]

    def clear(self) -> Iterable[Any]:
        """Take all endpoints out; each once."""
        ports = list(self)
        self._by_name.clear()
        return ports
