"""A libzmq that was built with drafts, driven as ``judge_program`` is: pyzmq is built without.

The shared library is named by ZMQX_DRAFTS (``./configure --enable-drafts``, or ``cmake -DENABLE_DRAFTS=ON``).
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

_MESSAGE = 64  # bytes of a zmq_msg_t
_RCVTIMEO, _LINGER, _LAST_ENDPOINT, _EVENTS, _SNDTIMEO = 27, 17, 32, 15, 28


def _library() -> Any:
    found = ctypes.CDLL(os.environ["ZMQX_DRAFTS"], use_errno=True)
    for name in ("zmq_ctx_new", "zmq_socket", "zmq_msg_data"):
        getattr(found, name).restype = ctypes.c_void_p
    found.zmq_msg_size.restype = ctypes.c_size_t
    found.zmq_msg_group.restype = ctypes.c_char_p
    found.zmq_msg_routing_id.restype = found.zmq_connect_peer.restype = ctypes.c_uint32
    return found


class Refused(Exception):
    """A call of libzmq failed."""


class Program:
    """The sockets of one process, by number."""

    def __init__(self) -> None:
        self._zmq = _library()
        self._context = ctypes.c_void_p(self._zmq.zmq_ctx_new())
        self._sockets: dict[int, ctypes.c_void_p] = {}
        self._count = 0

    def _check(self, result: int, bad: int = -1) -> int:
        if result == bad:
            raise Refused(ctypes.get_errno())
        return result

    def _set(self, number: int, option: int, value: int) -> None:
        given = ctypes.c_int(value)
        self._check(self._zmq.zmq_setsockopt(self._sockets[number], option, ctypes.byref(given), 4))

    def open(self, kind: int) -> int:
        self._count += 1
        self._sockets[self._count] = ctypes.c_void_p(self._check(self._zmq.zmq_socket(self._context, kind), 0))
        self._set(self._count, _LINGER, 0)
        return self._count

    def bind(self, number: int, endpoint: str) -> str:
        self._check(self._zmq.zmq_bind(self._sockets[number], endpoint.encode()))
        text, size = ctypes.create_string_buffer(300), ctypes.c_size_t(300)
        self._check(self._zmq.zmq_getsockopt(self._sockets[number], _LAST_ENDPOINT, text, ctypes.byref(size)))
        return text.value.decode()

    def connect(self, number: int, endpoint: str) -> None:
        self._check(self._zmq.zmq_connect(self._sockets[number], endpoint.encode()))

    def connect_peer(self, number: int, endpoint: str) -> int:
        return self._check(self._zmq.zmq_connect_peer(self._sockets[number], endpoint.encode()), 0)

    def join(self, number: int, group: str) -> None:
        self._check(self._zmq.zmq_join(self._sockets[number], group.encode()))

    def leave(self, number: int, group: str) -> None:
        self._check(self._zmq.zmq_leave(self._sockets[number], group.encode()))

    def send(self, number: int, body: str, routing_id: int, group: str, flags: int) -> None:
        """``body`` in hexadecimal digits; a routing id of 0 and a group of "" are not set."""
        self._set(number, _SNDTIMEO, 10_000)
        data = bytes.fromhex(body)
        message = ctypes.create_string_buffer(_MESSAGE)
        self._check(self._zmq.zmq_msg_init_size(message, ctypes.c_size_t(len(data))))
        ctypes.memmove(self._zmq.zmq_msg_data(message), data, len(data))
        if routing_id:
            self._check(self._zmq.zmq_msg_set_routing_id(message, ctypes.c_uint32(routing_id)))
        if group:
            self._check(self._zmq.zmq_msg_set_group(message, group.encode()))
        self._check(self._zmq.zmq_msg_send(message, self._sockets[number], flags))

    def recv(self, number: int, timeout: int) -> list[Any]:
        """The body in hexadecimal digits, the routing id, the group, and whether there is more."""
        self._set(number, _RCVTIMEO, timeout)
        message = ctypes.create_string_buffer(_MESSAGE)
        self._zmq.zmq_msg_init(message)
        self._check(self._zmq.zmq_msg_recv(message, self._sockets[number], 0))
        body = ctypes.string_at(self._zmq.zmq_msg_data(message), self._zmq.zmq_msg_size(message))
        told = [
            body.hex(),
            self._zmq.zmq_msg_routing_id(message),
            (self._zmq.zmq_msg_group(message) or b"").decode(),
            self._zmq.zmq_msg_more(message),
        ]
        self._zmq.zmq_msg_close(message)
        return told

    def poll(self, number: int) -> int:
        """What the socket is ready for. libzmq tells a new peer of its groups when it is called, not before."""
        events, size = ctypes.c_int(), ctypes.c_size_t(4)
        self._check(
            self._zmq.zmq_getsockopt(self._sockets[number], _EVENTS, ctypes.byref(events), ctypes.byref(size))
        )
        return events.value

    def reset(self) -> None:
        for number in list(self._sockets):
            self._zmq.zmq_close(self._sockets.pop(number))

    def run(self) -> None:
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            try:
                answer = {"value": getattr(self, name)(*arguments)}
            except Refused as error:
                answer = {"errno": error.args[0], "error": f"{name}: {os.strerror(error.args[0])}"}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
        self.reset()
        self._zmq.zmq_ctx_term(self._context)


if __name__ == "__main__":
    Program().run()
