"""PLAIN: a user name and a password in clear text (RFC 24).

The client sends HELLO with its credentials, the server (after it has asked whether they are good)
WELCOME, then INITIATE and READY carry the properties.
"""

from __future__ import annotations

from ...errors import ProtocolError
from ..commands import command, metadata, parse_metadata, ready, refusal, split
from .base import Mechanism, unexpected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .base import Properties

# What a server of libzmq 4.3 sends for ERROR: an escape sequence of C swallowed the length and the E.
_ERROR_OF_LIBZMQ = b"^RROR"


class PlainClient(Mechanism):
    """The client's side of one handshake."""

    name = b"PLAIN"

    def __init__(self, properties: Properties, username: bytes, password: bytes) -> None:
        """Both credentials are at most 255 bytes."""
        self._properties = properties
        self._username = username
        self._password = password
        self._welcome = False

    def start(self) -> Sequence[bytes]:
        credentials = b"".join(bytes((len(text),)) + text for text in (self._username, self._password))
        return (command(b"HELLO", credentials),)

    def receive(self, body: bytes) -> Sequence[bytes]:
        if body.startswith(_ERROR_OF_LIBZMQ):
            raise refusal(body[len(_ERROR_OF_LIBZMQ) :])
        name, data = split(body)
        if name == b"ERROR":
            raise refusal(data)
        if not self._welcome:
            if name != b"WELCOME":
                raise unexpected(name, "WELCOME")
            if data:
                raise ProtocolError("a WELCOME with something in it", ProtocolError.MALFORMED_WELCOME)
            self._welcome = True
            return (command(b"INITIATE", metadata(self._properties)),)
        if name != b"READY":
            raise unexpected(name, "READY")
        self.peer_properties = parse_metadata(data)
        return ()


class PlainServer(Mechanism):
    """The server's side of one handshake. Whether the credentials are good, somebody else decides."""

    name = b"PLAIN"
    as_server = True

    def __init__(self, properties: Properties) -> None:
        self._properties = properties
        self._hello = False

    def start(self) -> Sequence[bytes]:
        return ()

    def receive(self, body: bytes) -> Sequence[bytes]:
        self._check_refused()
        name, data = split(body)
        if not self._hello:
            if name != b"HELLO":
                raise unexpected(name, "HELLO")
            self.question = _credentials(data)
            self._hello = True
            return ()
        if name != b"INITIATE":
            raise unexpected(name, "INITIATE")
        self.peer_properties = parse_metadata(data)
        return (ready(self._properties),)

    def admit(self) -> Sequence[bytes]:
        super().admit()
        return (command(b"WELCOME"),)


def _credentials(data: bytes) -> tuple[bytes, bytes]:
    """User name and password of a HELLO."""
    found = []
    for _ in range(2):
        if not data or data[0] >= len(data):
            raise ProtocolError("a HELLO that ends within its credentials", ProtocolError.MALFORMED_HELLO)
        found.append(data[1 : data[0] + 1])
        data = data[data[0] + 1 :]
    if data:
        raise ProtocolError("a HELLO with more than its credentials", ProtocolError.MALFORMED_HELLO)
    return found[0], found[1]
