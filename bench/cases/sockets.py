"""What the programs of several subjects do with a ZeroMQ socket, whichever library it is of."""

from __future__ import annotations

from typing import Any


def endpoint_of(zmq: Any, sock: Any) -> str:
    """Where a socket is really bound to."""
    endpoint: bytes = sock.getsockopt(zmq.LAST_ENDPOINT)
    return endpoint.rstrip(b"\0").decode()
