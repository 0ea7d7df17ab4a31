"""The option desk of one socket: finds, checks, applies and reads its options."""

from __future__ import annotations

from ..constants import NativeOption as N
from ..constants import SocketOption as O
from ..errors import EINVAL, zmq_error
from ..options import ACTION, CURVE_OPTIONS, SOCKET_TABLE, THREAD_SAFE, RefusedOption, find_option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..options import Option, Settings
    from ..routing.base import Routing


_BYTE_MARKS = frozenset({N.SNDHWM_BYTES, N.RCVHWM_BYTES, N.SND_TOTAL_BYTES, N.RCV_TOTAL_BYTES})


class OptionDesk:
    """See the module. ``set`` and ``get`` are called under the core's guard."""

    __slots__ = ("_computed", "_routing", "_set_byte_marks", "_set_marks", "_settings", "next_peer_id")

    def __init__(
        self,
        settings: Settings,
        routing: Routing,
        set_marks: Callable[[int, int], None],
        set_byte_marks: Callable[[Settings], None],
        computed: dict[int, Callable[[], Any]],
    ) -> None:
        """``set_marks`` and ``set_byte_marks`` apply limits to the pipes there are; ``computed`` reads what only the
        core knows."""
        self._settings = settings
        self._routing = routing
        self._set_marks = set_marks
        self._set_byte_marks = set_byte_marks
        self._computed = computed
        self.next_peer_id = b""  # CONNECT_ROUTING_ID, for the next connect

    def find(self, number: int, access: str) -> Option:
        """The option of this number, to read ("r") or to set ("w"); EINVAL says why there is none."""
        option = find_option(SOCKET_TABLE, number)
        if isinstance(option, RefusedOption):
            option.convert(None)  # raises, and says why
        if number in CURVE_OPTIONS and access == "w":
            from ..wire.mechanisms import nacl

            if not nacl.available():
                raise zmq_error(EINVAL, f"{option.name}: {nacl.MISSING}")
        if access not in option.access:
            raise zmq_error(EINVAL, f"{option.name} cannot be {'read' if access == 'r' else 'set'}")
        if self._settings.socket_type not in option.types:
            raise zmq_error(EINVAL, f"{option.name} is not for a {self._settings.socket_type.name} socket")
        return option

    def set(self, option: Option, value: Any) -> None:
        """Apply a converted value."""
        if option.number == N.OVERFLOW and value not in self._routing.overflows:
            raise option.refuse(value, f"not for a {self._settings.socket_type.name} socket")
        settings = self._settings
        number = option.number
        if option.apply != ACTION:
            value = settings.store(option, value)
            self._routing.set_option(number, value)
            if number in (O.SNDHWM, O.RCVHWM):
                self._set_marks(settings.sndhwm, settings.rcvhwm)
            elif number in _BYTE_MARKS:
                self._set_byte_marks(settings)
        elif number in (O.SUBSCRIBE, O.UNSUBSCRIBE):
            self._routing.subscribe(value, number == O.SUBSCRIBE)
        elif number == O.CONNECT_ROUTING_ID:
            self.next_peer_id = value
        elif number == O.IPV4ONLY:
            settings.ipv6 = 1 - value
        elif number == O.HWM:
            settings.sndhwm = settings.rcvhwm = value
            self._set_marks(value, value)

    def get(self, option: Option) -> Any:
        """Read an option."""
        settings = self._settings
        number = option.number
        if number == O.ROUTING_ID and self._routing.given_id:
            return self._routing.given_id
        if option.apply != ACTION:
            return option.show(settings.read_option(option))
        if number in self._computed:
            return self._computed[number]()
        if number == O.TYPE:
            return int(settings.socket_type)
        if number == O.THREAD_SAFE:
            return int(settings.socket_type in THREAD_SAFE)
        if number == O.MECHANISM:
            return settings.mechanism
        if number == O.TOPICS_COUNT:
            return self._routing.topics_count()
        if number == O.IPV4ONLY:
            return 1 - settings.ipv6
        return min(settings.sndhwm, settings.rcvhwm)  # HWM
