"""Datagrams of RADIO and DISH: a byte that says how long the group is, the group, the body (zmq_udp)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..message import Part


def pack(group: Part, body: Part) -> bytes:
    """A message as a datagram. The group has at most 255 bytes."""
    return bytes((len(group),)) + group + body


def unpack(data: bytes) -> list[Part] | None:
    """The group and the body of a datagram; None if it is malformed."""
    if not data or data[0] >= len(data):
        return None
    end = 1 + data[0]
    return [data[1:end], data[end:]]
