"""Which rule a socket type follows. Its module and class have its name, and are loaded with the first socket of it."""

from __future__ import annotations

from importlib import import_module

from ..constants import SocketType
from ..errors import zmq_error

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
        try:
            routing: type[Routing] = getattr(import_module(f".{name.lower()}", __package__), name.capitalize())
        except OSError as error:  # no file can be opened
            raise zmq_error(error.errno or 0, f"the rules of {name} cannot be loaded") from error
        return self.setdefault(socket_type, routing)


ROUTINGS = _Routings()
