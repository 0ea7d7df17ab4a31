"""The kinds of options: what a row of the table is, and how it checks a value."""

from __future__ import annotations

from types import MethodType

from ..constants import ContextOption as X
from ..constants import NativeOption as N
from ..constants import SocketOption as O
from ..constants import SocketType as T
from ..errors import EINVAL, zmq_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, overload

    D = TypeVar("D", bound="Option")
    M = TypeVar("M", bound=Callable[..., None])

NOW, ENDPOINT, CLOSE, ACTION = "now", "endpoint", "close", "action"
SOCKETS, THREADS = "sockets", "threads"  # of contexts

INT_MAX = 2**31 - 1
EVERY_TYPE = frozenset(T)


class Option:
    """One row of the table. ``access`` is "rw", "r" or "w"; ``types`` may set or read it."""

    def __init__(
        self,
        number: O | X | N,
        *,
        apply: str = ENDPOINT,
        access: str = "rw",
        types: frozenset[T] = EVERY_TYPE,
        doc: str = "",
        name: str = "",
    ) -> None:
        """``name`` is for one of two options that share a number."""
        self.number = int(number)
        self.name = name or number.name
        self.apply = apply
        self.access = access
        self.types = types
        self.__doc__ = doc

    def convert(self, value: Any) -> Any:
        """The value as it is stored; TypeError or EINVAL names the option and the value."""
        raise TypeError(f"{self.name} has no value")

    def stored(self, before: Any, value: Any) -> Any:
        """What is stored when a converted value is set; ``before``: what was, or None."""
        return value

    def refuse(self, value: object, why: str) -> Exception:
        return zmq_error(EINVAL, f"{self.name} = {value!r}: {why}")

    def show(self, value: Any) -> Any:
        """A stored value, as the application reads it."""
        return value

    default: Any = None


class IntOption(Option):
    """A whole number between ``low`` and ``high``; a ``flag`` is stored as 0 or 1."""

    def __init__(
        self,
        number: O | X | N,
        default: int = 0,
        *,
        low: int = 0,
        high: int = INT_MAX,
        flag: bool = False,
        **rest: Any,
    ) -> None:
        super().__init__(number, **rest)
        self.default = default
        self.low = low
        self.high = high
        self.flag = flag

    if TYPE_CHECKING:

        @overload
        def __get__(self: D, table: None, owner: type) -> D: ...
        @overload
        def __get__(self, table: OptionTable, owner: type) -> int: ...

    def __get__(self, table: OptionTable | None, owner: type) -> Any:
        return self if table is None else table.read_option(self)

    def __set__(self, table: OptionTable, value: int) -> None:
        table.write_option(self, value)

    def convert(self, value: Any) -> int:
        if not isinstance(value, int):
            raise TypeError(f"{self.name} takes an int, not {type(value).__name__}")
        number = int(value)
        if not self.low <= number <= self.high:
            raise self.refuse(value, f"not in {self.low}..{self.high}")
        return int(bool(number)) if self.flag else number


class BytesOption(Option):
    """Bytes, ``least`` to ``most`` of them."""

    default = b""

    def __init__(self, number: O | X | N, *, least: int = 0, most: int = INT_MAX, **rest: Any) -> None:
        super().__init__(number, **rest)
        self.least = least
        self.most = most

    if TYPE_CHECKING:

        @overload
        def __get__(self: D, table: None, owner: type) -> D: ...
        @overload
        def __get__(self, table: OptionTable, owner: type) -> bytes: ...

    def __get__(self, table: OptionTable | None, owner: type) -> Any:
        return self if table is None else table.read_option(self)

    def __set__(self, table: OptionTable, value: bytes) -> None:
        table.write_option(self, value)

    def convert(self, value: Any) -> bytes:
        if isinstance(value, str):
            raise TypeError(f"{self.name} takes bytes; use set_string for text")
        if not isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError(f"{self.name} takes bytes, not {type(value).__name__}")
        data = bytes(value)
        if not self.least <= len(data) <= self.most:
            raise self.refuse(data, f"takes {self.least} to {self.most} bytes")
        return data


class TypeOption(IntOption):
    """The type of a socket: an int by its number, a SocketType where it is an attribute (pyzmq)."""

    def __get__(self, table: OptionTable | None, owner: type) -> Any:
        return self if table is None else T(table.read_option(self))


class TopicOption(BytesOption):
    """The beginning of a message. Where it is assigned it may be text."""

    def __set__(self, table: OptionTable, value: bytes | str) -> None:
        table.write_option(self, value.encode() if isinstance(value, str) else value)


class TenthsOption(IntOption):
    """Milliseconds that travel as tenths of a second (ZMTP PING): kept in steps of 100 ms."""

    def convert(self, value: Any) -> int:
        return max(0, super().convert(value)) // 100 * 100


class AcceptFilterOption(BytesOption):
    """``ip`` or ``ip/bits``; every value adds a network to those stored. None and b"" take all away."""

    def convert(self, value: Any) -> bytes:
        data = b"" if value is None else super().convert(value)
        if data:
            self._network(data)
        return data

    def stored(self, before: Any, value: Any) -> tuple[Any, ...]:
        return (*(before or ()), self._network(value)) if value else ()

    def _network(self, data: bytes) -> Any:
        from ipaddress import ip_network

        try:
            # An address inside a network stands for that network, as with libzmq.
            return ip_network(data.decode("ascii"), strict=False)
        except ValueError as error:
            raise self.refuse(data, "is not ip or ip/bits") from error


class IdFilterOption(IntOption):
    """The number of a process, user or group; every value is added to those stored. None takes all away."""

    def convert(self, value: Any) -> Any:
        return None if value is None else super().convert(value)

    def stored(self, before: Any, value: Any) -> tuple[int, ...]:
        return () if value is None else (*(before or ()), value)


class ProxyOption(BytesOption):
    """``host:port``; None and b"" for none."""

    def convert(self, value: Any) -> bytes:
        data = b"" if value is None else super().convert(value)
        host, _, port = data.rpartition(b":")
        if data and not (host.isascii() and host and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
            raise self.refuse(data, "is not host:port")
        return data


class NameOption(Option):
    """A number, or text of up to ``most`` bytes."""

    default: Any = 0

    def __init__(self, number: O | X, *, most: int, **rest: Any) -> None:
        super().__init__(number, **rest)
        self.most = most

    if TYPE_CHECKING:

        @overload
        def __get__(self: D, table: None, owner: type) -> D: ...
        @overload
        def __get__(self, table: OptionTable, owner: type) -> int | str: ...

    def __get__(self, table: OptionTable | None, owner: type) -> Any:
        return self if table is None else table.read_option(self)

    def __set__(self, table: OptionTable, value: int | str | bytes) -> None:
        table.write_option(self, value)

    def convert(self, value: Any) -> int | str:
        if isinstance(value, bytes):
            value = value.decode(errors="replace")
        if isinstance(value, int):
            return int(value)
        if not isinstance(value, str):
            raise TypeError(f"{self.name} takes an int or text, not {type(value).__name__}")
        if not 1 <= len(value.encode()) <= self.most or not value.isprintable() or "/" in value:
            raise self.refuse(value, f"takes 1 to {self.most} bytes, printable, without a slash")
        return value


class RefusedOption(Option):
    """An option of something that does not exist here: it can be neither set nor read."""

    def __init__(self, number: O | X | N, why: str) -> None:
        super().__init__(number, apply=ACTION, access="", doc=why)

    def __get__(self, table: OptionTable | None, owner: type) -> Any:
        return self if table is None else table.read_option(self)

    def __set__(self, table: OptionTable, value: object) -> None:
        table.write_option(self, value)

    def convert(self, value: Any) -> Any:
        raise zmq_error(EINVAL, f"{self.name}: {self.__doc__}")


class _Settable:
    def __init__(self, method: Callable[[Any, Any], None]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, table: object, owner: type) -> Any:
        return self._method if table is None else MethodType(self._method, table)

    def __set__(self, table: object, value: Any) -> None:
        self._method(table, value)


def settable(method: M) -> M:
    """A method of one argument that can be assigned to as well, as pyzmq has it: ``sock.subscribe = topic``."""
    return _Settable(method)  # type: ignore[return-value]  # it stands for it


class OptionTable:
    """Whatever has these options as attributes: it says how one is read and written."""

    __slots__ = ()

    def read_option(self, option: Option) -> Any:
        raise TypeError("a table without values")

    def write_option(self, option: Option, value: Any) -> None:
        raise TypeError("a table without values")
