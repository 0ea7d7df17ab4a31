"""Which rule a socket type follows. Its module and class have its name, and are loaded with the first socket of it."""

from __future__ import annotations

from ..constants import SocketType
from ..rooms import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from .base import Routing

    _Rules: TypeAlias = dict[SocketType, type[Routing]]
else:
    _Rules = dict


class _Routings(_Rules):
    def __missing__(self, socket_type: SocketType) -> type[Routing]:
        name = SocketType(socket_type).name
        routing: type[Routing] = load(name.lower(), __package__, name.capitalize())
        return self.setdefault(socket_type, routing)


ROUTINGS = _Routings()
