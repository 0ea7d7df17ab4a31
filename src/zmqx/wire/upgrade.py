"""The HTTP exchange that opens a WebSocket (RFC 6455, section 4), as ZWS 2.0 uses it (RFC 45). Sans-I/O."""

from __future__ import annotations

from ..errors import ProtocolError

# An opening longer than this is none.
HEAD_LIMIT = 16384

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_END = b"\r\n\r\n"


def fault(reason: str) -> ProtocolError:
    """What is wrong with a peer's WebSocket."""
    return ProtocolError(reason, ProtocolError.WS_UNSPECIFIED)


def accept_of(key: bytes) -> bytes:
    """The server's answer to the key of a request."""
    from base64 import b64encode
    from hashlib import sha1

    return b64encode(sha1(key + _GUID).digest())  # the choice of RFC 6455; nothing is secured by it


def request(host: str, path: str, key: bytes, protocols: list[bytes]) -> bytes:
    """What a client says first."""
    lines = [
        b"GET " + path.encode() + b" HTTP/1.1",
        b"Host: " + host.encode("idna" if not host.isascii() else "ascii"),
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Key: " + key,
        b"Sec-WebSocket-Protocol: " + b",".join(protocols),
        b"Sec-WebSocket-Version: 13",
    ]
    return b"\r\n".join(lines) + _END


def take_head(data: bytes, limit: int) -> tuple[bytes, bytes] | None:
    """The head of a request or an answer, and what comes behind it; None if it is not all there."""
    head, end, rest = data.partition(_END)
    if end:
        return head, rest
    if len(data) > min(limit, HEAD_LIMIT):
        raise fault("an HTTP head without an end")
    return None


def _fields(lines: list[bytes]) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            raise fault("a malformed HTTP header")
        found.setdefault(name.lower(), []).append(value.strip(b" \t"))
    return found


def _tokens(values: list[bytes]) -> list[bytes]:
    return [token.strip(b" \t") for value in values for token in value.split(b",")]


def _check_upgrade(fields: dict[bytes, list[bytes]]) -> None:
    if b"websocket" not in [token.lower() for token in _tokens(fields.get(b"upgrade", []))]:
        raise fault("no upgrade to a WebSocket")
    if b"upgrade" not in [token.lower() for token in _tokens(fields.get(b"connection", []))]:
        raise fault("no upgrade of the connection")


def answer(head: bytes, supported: list[bytes]) -> tuple[bytes, bytes]:
    """The answer to a request, and the protocol agreed upon: the first of the client's that is supported."""
    start, *lines = head.split(b"\r\n")
    parts = start.split(b" ")
    if len(parts) != 3 or parts[0] != b"GET" or parts[2] != b"HTTP/1.1":
        raise fault("not a request for a WebSocket")
    fields = _fields(lines)
    _check_upgrade(fields)
    (key,) = fields.get(b"sec-websocket-key", [b""])[:1]
    if not key:
        raise fault("a request for a WebSocket without a key")
    offered = _tokens(fields.get(b"sec-websocket-protocol", []))
    protocol = next((name for name in offered if name in supported), None)
    if protocol is None:
        shown = b", ".join(offered)[:100].decode("latin-1") or "nothing"
        raise fault(f"the peer offers {shown}, ours is {supported[0].decode()}")
    reply = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + accept_of(key),
        b"Sec-WebSocket-Protocol: " + protocol,
    ]
    return b"\r\n".join(reply) + _END, protocol


def check_answer(head: bytes, key: bytes, offered: list[bytes]) -> bytes:
    """The protocol that a server has agreed to."""
    start, *lines = head.split(b"\r\n")
    if start.split(b" ")[:2] != [b"HTTP/1.1", b"101"]:
        raise fault(f"the server answers {start[:60].decode('latin-1')!r}")
    fields = _fields(lines)
    _check_upgrade(fields)
    if fields.get(b"sec-websocket-accept") != [accept_of(key)]:
        raise fault("the server's answer does not fit our key")
    (protocol,) = fields.get(b"sec-websocket-protocol", [b""])[:1]
    if protocol not in offered:
        raise fault(f"the server chose {protocol[:60].decode('latin-1')!r}, which we did not offer")
    return protocol
