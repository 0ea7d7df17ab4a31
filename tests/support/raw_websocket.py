"""A client of a WebSocket that says exactly the bytes it is told to say (RFC 6455, RFC 45)."""

from __future__ import annotations

import zmqx

from .raw_peer import RawPeer

REQUEST = (
    b"GET /th?x=1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ZWS2.0/NULL,ZWS2.0\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
READY = b"\x02\x05READY\x0bSocket-Type\0\0\0\x04PUSH"


def unmasked(payload: bytes, first: int = 0x82) -> bytes:
    """A frame of a client whose mask changes nothing; a binary message, if not said otherwise."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((first,)) + length + bytes(4) + payload


def upgraded(socket: zmqx.Socket) -> RawPeer:
    """A peer of this socket, after the exchange of HTTP."""
    peer = RawPeer.connect(tcp_of(socket.bind("ws://127.0.0.1:*")))
    peer.send(REQUEST)
    reply = b""
    while not reply.endswith(b"\r\n\r\n"):
        reply += peer.recv(1)
    return peer


def tcp_of(endpoint: str) -> str:
    return "tcp://" + endpoint.removeprefix("ws://").removesuffix("/")
