"""CURVE: authentication and confidentiality by elliptic curves (RFCs 25 and 26, CurveZMQ).

Each side has a long-term pair of keys and makes a new one for each connection. HELLO and WELCOME exchange
the new public keys; INITIATE proves who the client is, READY that the server agrees; from then on every
frame travels in a box of its own. Boxes are numbered, so that none can be repeated or left out unseen.

A server holds nothing between WELCOME and INITIATE but the key of a cookie: what it needs to know comes
back in that cookie. Random bytes come from outside (``random``: as many as it is asked for).
"""

from __future__ import annotations

from ...errors import ProtocolError
from ..commands import command, metadata, parse_metadata, refusal, split
from . import nacl
from .base import Channel, Mechanism, unexpected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...message import Part
    from .base import Properties

_VERSION = b"\x01\x00"

# Bytes of whole commands; INITIATE and READY are at least so long, and as much longer as their metadata.
_HELLO_SIZE = 200
_WELCOME_SIZE = 168
_INITIATE_SIZE = 257
_READY_SIZE = 30

_COOKIE_SIZE = 96
_NONCE_HELLO = b"CurveZMQHELLO---"
_NONCE_WELCOME = b"WELCOME-"
_NONCE_COOKIE = b"COOKIE--"
_NONCE_INITIATE = b"CurveZMQINITIATE"
_NONCE_VOUCH = b"VOUCH---"
_NONCE_READY = b"CurveZMQREADY---"
_NONCE_OF_CLIENT = b"CurveZMQMESSAGEC"
_NONCE_OF_SERVER = b"CurveZMQMESSAGES"

_MESSAGE = b"\x07MESSAGE"
_NONCE_AT = len(_MESSAGE)
_BOX_AT = _NONCE_AT + 8
_MESSAGE_SIZE = _BOX_AT + nacl.MAC_SIZE + 1


class CurveChannel(Channel):
    """MESSAGE commands, both ways."""

    def __init__(self, key: bytes, ours: bytes, theirs: bytes, sent: int, received: int) -> None:
        """``ours`` and ``theirs`` begin the nonces of each side; ``sent`` and ``received`` are the numbers
        used up so far."""
        self._key = key
        self._ours = ours
        self._theirs = theirs
        self._sent = sent
        self._received = received
        self._box, self._unbox, self._failure = nacl.primitives()

    def seal(self, flags: int, data: Part) -> bytes:
        self._sent += 1
        number = self._sent.to_bytes(8, "big")
        return _MESSAGE + number + self._box(bytes((flags,)) + data, self._ours + number, self._key)

    def open(self, body: bytes) -> bytes:
        if not body.startswith(_MESSAGE):
            name, _ = split(body)
            if not name:
                raise ProtocolError("traffic that is no command", ProtocolError.MALFORMED_COMMAND)
            raise unexpected(name, "MESSAGE")
        if len(body) < _MESSAGE_SIZE:
            raise ProtocolError("a MESSAGE that is too short", ProtocolError.MALFORMED_MESSAGE)
        nonce = body[_NONCE_AT:_BOX_AT]
        number = int.from_bytes(nonce, "big")
        if number <= self._received:
            raise ProtocolError("a MESSAGE repeated or out of order", ProtocolError.INVALID_SEQUENCE)
        try:
            plain = self._unbox(body[_BOX_AT:], self._theirs + nonce, self._key)
        except self._failure as error:
            raise ProtocolError("a MESSAGE that does not open", ProtocolError.CRYPTOGRAPHIC) from error
        self._received = number
        return plain


class CurveClient(Mechanism):
    """The client's side of one handshake."""

    name = b"CURVE"

    def __init__(
        self, properties: Properties, public: bytes, secret: bytes, server: bytes, random: Callable[[int], bytes]
    ) -> None:
        """Our own pair and the server's public key, 32 bytes each."""
        self._properties = properties
        self._public = public
        self._secret = secret
        self._server = server
        self._random = random
        self._own = random(nacl.KEY_SIZE)  # c'
        self._key: bytes | None = None  # of this connection, once WELCOME has come

    def start(self) -> Sequence[bytes]:
        number = _number(1)
        key = nacl.shared_key(self._server, self._own)
        box = nacl.seal(key, _NONCE_HELLO + number, bytes(64))
        return (command(b"HELLO", _VERSION + bytes(72) + nacl.public_of(self._own) + number + box),)

    def receive(self, body: bytes) -> Sequence[bytes]:
        name, data = split(body)
        if name == b"ERROR":
            raise refusal(data)
        if self._key is None:
            if name != b"WELCOME":
                raise unexpected(name, "WELCOME")
            return self._initiate(data)
        if name != b"READY":
            raise unexpected(name, "READY")
        if len(body) < _READY_SIZE:
            raise ProtocolError("a READY that is too short", ProtocolError.MALFORMED_READY)
        nonce = data[:8]
        properties = parse_metadata(nacl.unseal(self._key, _NONCE_READY + nonce, data[8:], "READY"))
        received = int.from_bytes(nonce, "big")
        self.channel = CurveChannel(self._key, _NONCE_OF_CLIENT, _NONCE_OF_SERVER, 2, received)
        self.peer_properties = properties
        return ()

    def _initiate(self, welcome: bytes) -> Sequence[bytes]:
        if len(welcome) != _WELCOME_SIZE - 8:
            raise ProtocolError("a WELCOME of the wrong size", ProtocolError.MALFORMED_WELCOME)
        key = nacl.shared_key(self._server, self._own)
        opened = nacl.unseal(key, _NONCE_WELCOME + welcome[:16], welcome[16:], "WELCOME")
        transient, cookie = opened[: nacl.KEY_SIZE], opened[nacl.KEY_SIZE :]
        self._key = nacl.shared_key(transient, self._own)
        nonce = self._random(16)
        vouch = nacl.seal(
            nacl.shared_key(transient, self._secret),
            _NONCE_VOUCH + nonce,
            nacl.public_of(self._own) + self._server,
        )
        number = _number(2)
        plain = self._public + nonce + vouch + metadata(self._properties)
        return (command(b"INITIATE", cookie + number + nacl.seal(self._key, _NONCE_INITIATE + number, plain)),)


class CurveServer(Mechanism):
    """The server's side of one handshake. Whether a client that has proved who it is may come in, somebody
    else decides."""

    name = b"CURVE"
    as_server = True

    def __init__(self, properties: Properties, public: bytes, secret: bytes, random: Callable[[int], bytes]) -> None:
        """Our own pair, 32 bytes each."""
        self._properties = properties
        self._public = public
        self._secret = secret
        self._random = random
        self._cookie_key = b""  # once WELCOME is out
        self._greeted = 0  # the number of HELLO
        self._client_properties: Properties = []
        self._key = b""
        self._received = 0

    def start(self) -> Sequence[bytes]:
        return ()

    def receive(self, body: bytes) -> Sequence[bytes]:
        self._check_refused()
        name, data = split(body)
        if not self._cookie_key:
            if name != b"HELLO":
                raise unexpected(name, "HELLO")
            return self._welcome(body)
        if name != b"INITIATE":
            raise unexpected(name, "INITIATE")
        if len(body) < _INITIATE_SIZE:
            raise ProtocolError("an INITIATE that is too short", ProtocolError.MALFORMED_INITIATE)
        self.question = (self._identify(data),)
        return ()

    def _welcome(self, hello: bytes) -> Sequence[bytes]:
        if len(hello) != _HELLO_SIZE or hello[6:8] != _VERSION:
            raise ProtocolError("a HELLO of the wrong size or version", ProtocolError.MALFORMED_HELLO)
        transient, number = hello[80:112], hello[112:120]
        key = nacl.shared_key(transient, self._secret)
        nacl.unseal(key, _NONCE_HELLO + number, hello[120:], "HELLO")
        self._greeted = int.from_bytes(number, "big")
        own = self._random(nacl.KEY_SIZE)  # s'
        self._cookie_key = self._random(nacl.KEY_SIZE)
        cookie_nonce = self._random(16)
        cookie = cookie_nonce + nacl.seal(self._cookie_key, _NONCE_COOKIE + cookie_nonce, transient + own)
        nonce = self._random(16)
        box = nacl.seal(key, _NONCE_WELCOME + nonce, nacl.public_of(own) + cookie)
        return (command(b"WELCOME", nonce + box),)

    def _identify(self, initiate: bytes) -> bytes:
        """The client's public key, which INITIATE proves to be its own."""
        cookie, number, box = initiate[:_COOKIE_SIZE], initiate[_COOKIE_SIZE : _COOKIE_SIZE + 8], initiate[104:]
        opened = nacl.unseal(self._cookie_key, _NONCE_COOKIE + cookie[:16], cookie[16:], "the cookie of INITIATE")
        transient, own = opened[: nacl.KEY_SIZE], opened[nacl.KEY_SIZE :]
        self._key = nacl.shared_key(transient, own)
        self._received = int.from_bytes(number, "big")
        if self._received <= self._greeted:
            raise ProtocolError("an INITIATE out of order", ProtocolError.INVALID_SEQUENCE)
        plain = nacl.unseal(self._key, _NONCE_INITIATE + number, box, "INITIATE")
        client, nonce, vouch = plain[:32], plain[32:48], plain[48:128]
        said = nacl.unseal(nacl.shared_key(client, own), _NONCE_VOUCH + nonce, vouch, "the vouch of INITIATE")
        # A vouch for another server would let that one pass on the client's proof to us.
        if not nacl.same(said, transient + self._public):
            raise ProtocolError("a vouch for another connection or server", ProtocolError.KEY_EXCHANGE)
        self._client_properties = parse_metadata(plain[128:])
        return client

    def admit(self) -> Sequence[bytes]:
        super().admit()
        number = _number(1)
        self.channel = CurveChannel(self._key, _NONCE_OF_SERVER, _NONCE_OF_CLIENT, 1, self._received)
        self.peer_properties = self._client_properties
        return (
            command(b"READY", number + nacl.seal(self._key, _NONCE_READY + number, metadata(self._properties))),
        )


def _number(number: int) -> bytes:
    return number.to_bytes(8, "big")
