"""ZMTP over a WebSocket (ZWS 2.0, RFC 45), shown to a connection as the bytes of an ordinary peer. Sans-I/O.

One ZMTP frame is one binary message of the WebSocket: a byte of flags, then the body. It may come in several
frames of the WebSocket, with pings in between (RFC 6455, section 5.4): then it is gathered, because ZMTP says its
length first. There is no greeting; the subprotocol says what it would have said. So a greeting is made up for the
connection, and the connection's own is swallowed: a peer of ``ZWS2.0/...`` looks like one of ZMTP 3.0 (whose
subscriptions are messages, as here), one of plain ``ZWS2.0`` like one of ZMTP 2.0 (which names itself in its first
frame).
"""

from __future__ import annotations

from collections import deque

from ..errors import ProtocolError
from . import upgrade
from .frames import COMMAND, LONG, MORE, header
from .greeting import GREETING_SIZE, SIGNATURE_SIZE, signature
from .masks import masked
from .upgrade import fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..message import Part

_CONTINUATION, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x2, 0x8, 0x9, 0xA
_FIN = 0x80
_RESERVED = 0x70  # for extensions
_MASKED = 0x80
_ZWS_COMMAND = 2  # of the byte of flags; MORE is 1 there as well
_WITHOUT_MECHANISM = b"ZWS2.0"

# Answers to pings wait at most in this many bytes; a peer that does not read gets no more of them (RFC 6455, 5.5.3).
_PONG_LIMIT = 4096

# Bytes of our greeting to a peer of ZMTP 2.0: the signature, the major version, the socket type.
_GREETING_2_0 = SIGNATURE_SIZE + 2


def _header(flags: int, size: int) -> bytes:
    """What ZMTP has for these flags of ZWS."""
    return header(size, (flags & MORE) | (COMMAND if flags & _ZWS_COMMAND else 0))


def protocols_of(mechanism: bytes, bare: bool) -> list[bytes]:
    """The subprotocols for a mechanism, best first. ``bare``: also the one that has none."""
    named = _WITHOUT_MECHANISM + b"/" + mechanism
    return [named, _WITHOUT_MECHANISM] if bare else [named]


class WebSocket:
    """One connection. ``control`` collects bytes that it wants sent by itself."""

    def __init__(
        self,
        protocols: list[bytes],
        random: Callable[[int], bytes],
        host: str = "",
        path: str = "",
        head_limit: int = upgrade.HEAD_LIMIT,
        message_limit: int = -1,
    ) -> None:
        """A client names the ``host`` and ``path`` it asks for; a server has none. ``head_limit`` is for the bytes of
        the peer's half of HTTP, and for messages in pieces until hands are ``shaken``; from then on these have
        ``message_limit`` (-1: none)."""
        self._head_limit = head_limit
        self._message_limit = message_limit
        self._shaken = False
        self._protocols = protocols
        self._random = random
        self._client = bool(host)
        self._open = False
        self._swallow = SIGNATURE_SIZE  # bytes of our greeting that are still to come
        self._data = b""
        self._remaining = 0  # bytes that the frame under way still has
        self._gathered: bytearray | None = None  # of a message in pieces, flags and all
        self._last = False  # its last piece is under way
        self._mask = b""
        self._offset = 0
        self.control: list[bytes] = []
        self.heard = False  # the peer gave a sign of life that is no message
        self.closed = False
        self.broken: ProtocolError | None = None  # by the peer; raised when all that was good has been shown
        if host:
            from base64 import b64encode

            self._key = b64encode(random(16))
            self.control.append(upgrade.request(host, path, self._key, protocols))

    # -- what comes

    def receive(self, data: bytes) -> bytes:
        """What a connection is to receive for these bytes. ProtocolError if the peer breaks a rule, or has broken one
        after what was received last."""
        if self.broken is not None:
            raise self.broken
        out: list[bytes] = []
        try:
            self._take(data, out)
        except ProtocolError as error:
            self.broken = error
            if not out:
                raise
        return b"".join(out)

    def _take(self, data: bytes, out: list[bytes]) -> None:
        # Not sooner: the end of the handshake and a long message may come together.
        if self._gathered is not None and not self._shaken and len(self._gathered) > self._head_limit:
            raise self._refuse(1009, "a WebSocket message in pieces, longer than a handshake may be")
        self._data += data
        if not self._open:
            found = upgrade.take_head(self._data, self._head_limit)
            if found is None:
                return
            head, self._data = found
            out.append(self._agree(head))
        while self._step(out):
            pass

    @property
    def over(self) -> bool:
        """Whether nothing more is shown of what comes: ``receive`` says why, or gives nothing."""
        return self.closed or self.broken is not None

    def shaken(self) -> None:
        """Hands have been shaken: messages may be as long as the application says."""
        self._shaken = True

    def _agree(self, head: bytes) -> bytes:
        """The exchange of HTTP is over; returns the greeting that it stands for."""
        if self._client:
            protocol = upgrade.check_answer(head, self._key, self._protocols)
        else:
            reply, protocol = upgrade.answer(head, self._protocols)
            self.control.append(reply)
        self._open = True
        mark = signature(b"")
        if protocol == _WITHOUT_MECHANISM:
            self._swallow += _GREETING_2_0 - SIGNATURE_SIZE
            return mark + b"\x01\x00"
        self._swallow += GREETING_SIZE - SIGNATURE_SIZE
        mechanism = protocol.partition(b"/")[2]
        return mark + b"\x03\x00" + mechanism.ljust(20, b"\0") + bytes(32)

    def _step(self, out: list[bytes]) -> bool:
        """Take the next piece of what has come; False if there is none that is whole."""
        data = self._data
        if self.closed or not data:
            return False
        if self._remaining:
            piece = data[: self._remaining]
            self._data = data[len(piece) :]
            self._remaining -= len(piece)
            if self._mask:
                piece = masked(piece, self._mask, self._offset)
                self._offset += len(piece)
            if self._gathered is None:
                out.append(piece)
            else:
                self.heard = True  # which a connection does not see before the last piece
                self._gathered += piece
                self._end_piece(out)
            return True
        if len(data) < 2:
            return False
        opcode, size, at = data[0] & 0xF, data[1] & 0x7F, 2
        if size >= 126:
            at = 4 if size == 126 else 10
            size = int.from_bytes(data[2:at], "big")
        if len(data) < at:
            return False
        if bool(data[1] & _MASKED) is self._client:
            raise self._refuse(1002, "a WebSocket frame masked by a server, or not masked by a client")
        if data[0] & _RESERVED:
            raise self._refuse(1002, "a WebSocket frame of an extension that was not agreed upon")
        mask, last = b"", bool(data[0] & _FIN)
        if data[1] & _MASKED:
            mask, at = data[at : at + 4], at + 4
        if opcode != _BINARY or not last or not size or self._gathered is not None:
            if opcode >= _CLOSE:
                return self._control(opcode, size, mask, at, last)
            return self._begin_piece(opcode, size, mask, at, last, out)
        if len(data) <= at:
            return False
        flags = data[at] ^ mask[0] if mask else data[at]
        out.append(_header(flags, size - 1))
        self._remaining, self._mask, self._offset = size - 1, mask, 1
        self._data = data[at + 1 :]
        return True

    def _begin_piece(self, opcode: int, size: int, mask: bytes, at: int, last: bool, out: list[bytes]) -> bool:
        """What is no whole message in one frame is a piece of one, or nothing."""
        if self._gathered is not None and opcode != _CONTINUATION:
            raise self._refuse(1002, "a WebSocket message in the middle of another")
        if self._gathered is None and (opcode != _BINARY or last):
            raise self._refuse(1003, "a WebSocket message that is no frame of ZMTP")
        if len(self._data) < at:
            return False
        if self._gathered is None:
            self._gathered = bytearray()
        # But for the flags, that is the length of the frame of ZMTP so far.
        if self._shaken and 0 <= self._message_limit < len(self._gathered) + size - 1:
            raise self._refuse(1009, f"a WebSocket message in pieces, longer than MAXMSGSIZE = {self._message_limit}")
        self._remaining, self._mask, self._offset, self._last = size, mask, 0, last
        self._data = self._data[at:]
        self._end_piece(out)
        return True

    def _end_piece(self, out: list[bytes]) -> None:
        """If that was the last of a message, show it."""
        gathered = self._gathered
        if self._remaining or not self._last or gathered is None:
            return
        if not gathered:
            raise self._refuse(1003, "a WebSocket message that is no frame of ZMTP")
        out.append(_header(gathered[0], len(gathered) - 1))
        out.append(bytes(memoryview(gathered)[1:]))
        self._gathered = None

    def _control(self, opcode: int, size: int, mask: bytes, at: int, last: bool) -> bool:
        if not last:
            raise self._refuse(1002, "a WebSocket control frame in pieces")
        if size > 125:
            raise self._refuse(1002, "a WebSocket control frame that is too long")
        if len(self._data) < at + size:
            return False
        payload = self._data[at : at + size]
        self._data = self._data[at + size :]
        if mask:
            payload = masked(payload, mask)
        self.heard = True
        if opcode == _PING:
            if sum(map(len, self.control)) < _PONG_LIMIT:
                self.control.append(self._frame(_PONG, payload))
        elif opcode == _CLOSE:
            self.control.append(self._frame(_CLOSE, payload))
            self.closed = True
        elif opcode != _PONG:
            raise self._refuse(1002, "a WebSocket frame of an unknown kind")
        return True

    def _refuse(self, status: int, reason: str) -> Exception:
        self.control.append(self._frame(_CLOSE, status.to_bytes(2, "big")))
        return fault(reason)

    # -- what goes

    def ping(self) -> None:
        """Ask for a sign of life."""
        if self._open:
            self.control.append(self._frame(_PING, b""))

    def take_control(self) -> bytes:
        """The bytes that the WebSocket itself wants sent now."""
        out = b"".join(self.control)
        self.control.clear()
        return out

    def encode(self, data: bytes, most: int) -> tuple[list[Part], deque[tuple[int, int]]]:
        """The frames at the beginning of what a connection wants sent, at most about ``most`` bytes of them; and for
        each how many bytes it has, and how many of ``data`` it stands for."""
        out: list[Part] = []
        sizes: deque[tuple[int, int]] = deque()
        pos = 0
        if self._swallow:
            pos = min(self._swallow, len(data))
            self._swallow -= pos
            sizes.append((0, pos))
        end = len(data)
        while pos < end and most > 0:
            flags = data[pos]
            start = pos + (9 if flags & LONG else 2)
            size = int.from_bytes(data[pos + 1 : start], "big")
            mark = (flags & MORE) | (_ZWS_COMMAND if flags & COMMAND else 0)
            frame = self._frame(_BINARY, bytes((mark,)) + data[start : start + size])
            out.append(frame)
            sizes.append((len(frame), start + size - pos))
            most -= len(frame)
            pos = start + size
        return out, sizes

    def _frame(self, opcode: int, payload: bytes) -> bytes:
        size = len(payload)
        marked = _MASKED if self._client else 0
        if size < 126:
            head = bytes((_FIN | opcode, marked | size))
        elif size < 65536:
            head = bytes((_FIN | opcode, marked | 126)) + size.to_bytes(2, "big")
        else:
            head = bytes((_FIN | opcode, marked | 127)) + size.to_bytes(8, "big")
        if not self._client:
            return head + payload
        mask = self._random(4)
        return head + mask + masked(payload, mask)
