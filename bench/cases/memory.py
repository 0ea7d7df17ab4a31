"""Memory that a server pays for each idle connection.

The server is a ROUTER. Its clients are plain sockets in another process that say what a DEALER says, so they cost
the same, and next to nothing, for either library.
"""

from __future__ import annotations

import gc
import os
import resource
import socket
from functools import partial
from pathlib import Path
from typing import Any

from ..case import PYZMQ, ZMQX, Case, Contender, Measure, Sample, Settings
from ..child import Link
from ..machine import allow_descriptors
from ..processes import Child, address
from .sockets import endpoint_of

MEMORY = Measure("memory", "KiB", more_is_better=False, title="KiB per connection")

_CONNECTIONS = 1000
# What the first connections cost is paid once: code, threads, tables.
_FIRST = 20
# Descriptors of a process besides its connections, with room to spare.
_OTHERS = 60

_STATM = Path("/proc/self/statm")

_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x01" + b"NULL".ljust(20, b"\0") + bytes(32)
_READY = b"\x04\x29\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00"
# A time to live of zero asks for no watch; the context comes back in the PONG.
_PING = b"\x04\x0b\x04PING\x00\x00idle"
_PONG = b"\x04\x09\x04PONGidle"


def cases(settings: Settings) -> list[Case]:
    """One, over tcp."""
    if "tcp" not in settings.transports:
        return []
    connections = settings.amount(_CONNECTIONS, least=20)
    return [
        Case(
            subject="memory",
            name="idle connections of a ROUTER tcp",
            measures=(MEMORY,),
            contenders=(ZMQX, PYZMQ),
            sample=partial(_sample, connections),
            obstacle=_obstacle(connections),
        )
    ]


def _obstacle(connections: int) -> str:
    if not _STATM.exists():
        return "needs /proc/self/statm"
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    needed = connections + _FIRST + _OTHERS
    if hard not in (-1, resource.RLIM_INFINITY) and hard < needed:
        return f"needs {needed} descriptors, the hard limit is {hard}"
    return ""


def _sample(connections: int, contender: Contender) -> Sample:
    with (
        address("tcp") as bind,
        Child("memory:serve", contender, bind=bind) as server,
        Child("memory:connect", contender) as clients,
    ):
        clients.tell(endpoint=server.hear()["endpoint"])
        used = []
        for count in (_FIRST, connections):
            clients.tell(open=count)
            clients.hear()
            server.tell(look=True)
            used.append(server.hear()["used"])
        server.tell(look=False)
        clients.tell(open=0)
    return {"memory": (used[1] - used[0]) / connections / 1024}


# -- what the processes do


def _resident() -> int:
    """Bytes of this process that are in memory."""
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def serve(link: Link, zmq: Any, *, bind: str) -> None:
    """The process with the ROUTER: it is asked how large it is."""
    allow_descriptors()
    context = zmq.Context()
    sock = context.socket(zmq.ROUTER)
    sock.bind(bind)
    link.tell(endpoint=endpoint_of(zmq, sock))
    while link.hear()["look"]:
        # The socket learns of its new peers when it is used.
        sock.poll(0)
        gc.collect()
        link.tell(used=_resident())
    context.destroy(linger=0)


def connect(link: Link, _: Any) -> None:
    """The process with the clients; opens as many more as it is told, until told none."""
    allow_descriptors()
    host, _, port = link.hear()["endpoint"].removeprefix("tcp://").rpartition(":")
    clients: list[socket.socket] = []
    while count := link.hear()["open"]:
        for _ in range(count):
            clients.append(_dealer(host, int(port)))
        link.tell(opened=len(clients))
    for client in clients:
        client.close()


def _dealer(host: str, port: int) -> socket.socket:
    """A connection whose handshake is done on both sides: the server has answered a PING."""
    sock = socket.create_connection((host, port), 10)
    sock.sendall(_GREETING + _READY)
    _expect(sock, 64)
    flags, size = _expect(sock, 2)
    ready = _expect(sock, size)
    if flags != 4 or not ready.startswith(b"\x05READY"):
        raise RuntimeError(f"no READY but {ready!r}")
    sock.sendall(_PING)
    pong = _expect(sock, len(_PONG))
    if pong != _PONG:
        raise RuntimeError(f"no PONG but {pong!r}")
    return sock


def _expect(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise RuntimeError(f"the server hung up after {data!r}")
        data += more
    return data
