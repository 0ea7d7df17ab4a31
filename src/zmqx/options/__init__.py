"""Every socket and context option: ONE declarative table.

An entry is a descriptor: it gives the option its number, type, default, range and scope, and it is
the typed attribute (``sock.linger``) of whatever inherits the table. What an option *does* stands
where it does it; ``apply`` says when a change takes hold:

=========  =======================================================================================
NOW        at once, on live connections too
ENDPOINT   copied by ``bind`` and ``connect``; later changes reach later endpoints only
CLOSE      read when the socket closes (or an endpoint is disconnected)
ACTION     not a stored value: setting it does something, or reading it computes something
SOCKETS    of a context: given to sockets made afterwards
THREADS    of a context: read when its threads begin, with the first network endpoint
=========  =======================================================================================
"""

from __future__ import annotations

from ..constants import NativeOption as N
from ..constants import SocketOption as O
from ..constants import SocketType as T
from ..errors import EINVAL, zmq_error
from .contexts import ContextOptions as ContextOptions
from .kinds import ACTION as ACTION
from .kinds import CLOSE as CLOSE
from .kinds import ENDPOINT as ENDPOINT
from .kinds import NOW as NOW
from .kinds import SOCKETS as SOCKETS
from .kinds import THREADS as THREADS
from .kinds import AcceptFilterOption as AcceptFilterOption
from .kinds import BytesOption as BytesOption
from .kinds import IdFilterOption as IdFilterOption
from .kinds import IntOption as IntOption
from .kinds import Option as Option
from .kinds import OptionTable as OptionTable
from .kinds import ProxyOption as ProxyOption
from .kinds import RefusedOption as RefusedOption
from .kinds import TenthsOption as TenthsOption
from .kinds import TopicOption as TopicOption
from .kinds import TypeOption as TypeOption
from .kinds import settable as settable
from .security import CURVE_OPTIONS as CURVE_OPTIONS
from .security import CredentialOption as CredentialOption
from .security import KeyOption as KeyOption
from .security import MetadataOption as MetadataOption
from .security import SecurityOptions as SecurityOptions
from .security import settle_mechanism
from .sockets import THREAD_SAFE as THREAD_SAFE
from .sockets import SocketOptions as SocketOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def _rows(table: type) -> Iterator[Option]:
    return (row for part in reversed(table.__mro__) for row in vars(part).values() if isinstance(row, Option))


SOCKET_TABLE: dict[int, Option] = {row.number: row for row in _rows(SocketOptions)}
for _name, _member in [*O.__members__.items(), *N.__members__.items()]:
    # pyzmq's other spelling: sock.RCVTIMEO = 1000.
    setattr(SocketOptions, _name, SOCKET_TABLE[_member])
# Two rows may have one number: one to be read, one to be set.
CONTEXT_TABLE: dict[int, Option] = {row.number: row for row in _rows(ContextOptions) if row.access != "w"}
CONTEXT_SETTERS: dict[int, Option] = {row.number: row for row in _rows(ContextOptions) if "w" in row.access}
CONTEXT_TABLE = {**CONTEXT_SETTERS, **CONTEXT_TABLE}


_SECURITY = frozenset(row.number for row in _rows(SecurityOptions))


def find_option(table: dict[int, Option], number: object, what: str = "socket") -> Option:
    """The row of an option number; EINVAL when there is none."""
    if not isinstance(number, int):
        raise TypeError(f"an option is an int, not {number.__class__.__name__}")
    row = table.get(int(number))
    if row is None:
        raise zmq_error(EINVAL, f"no {what} option has the number {int(number)}")
    return row


class Settings(SocketOptions):
    """The stored values of one socket, or of one endpoint: a copy made by bind or connect."""

    def __init__(self, socket_type: T, values: dict[int, Any] | None = None) -> None:
        self.socket_type = socket_type
        self.values: dict[int, Any] = {} if values is None else values
        if values is None and socket_type in (T.SUB, T.XSUB, T.DISH):
            # A subscriber has nothing to send but what it wants: nothing to linger for.
            self.values[SocketOptions.linger.number] = 0

    def read_option(self, option: Option) -> Any:
        return self.values.get(option.number, option.default)

    def write_option(self, option: Option, value: Any) -> None:
        self.store(option, option.convert(value))

    def store(self, option: Option, value: Any) -> Any:
        """Take a converted value; what is stored now."""
        self.values[option.number] = option.stored(self.values.get(option.number), value)
        if option.number in _SECURITY:
            settle_mechanism(self.values, option.number, value)
        return self.values[option.number]

    @property
    def raw(self) -> bool:
        """Whether bytes come and go as they are, without ZMTP."""
        return self.socket_type is T.STREAM or bool(self.router_raw)

    def copy(self) -> Settings:
        return Settings(self.socket_type, dict(self.values))
