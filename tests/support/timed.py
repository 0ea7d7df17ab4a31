"""Every call that takes a time to wait, of any face, for tests of what it may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import zmqx

#: Calls of a PULL or PUSH socket and of what stands beside it, by name: each is given the sockets, the ``Poller`` of
#: the face and the time, and would wait for it.
CALLS: dict[str, Callable[[Any, Any, Any, Any], Any]] = {
    "recv": lambda pull, push, poller, time: pull.recv(timeout=time),
    "recv_multipart": lambda pull, push, poller, time: pull.recv_multipart(timeout=time),
    "recv_string": lambda pull, push, poller, time: pull.recv_string(timeout=time),
    "recv_json": lambda pull, push, poller, time: pull.recv_json(timeout=time),
    "recv_into": lambda pull, push, poller, time: pull.recv_into(bytearray(9), timeout=time),
    "recv_many": lambda pull, push, poller, time: pull.recv_many(timeout=time),
    "send": lambda pull, push, poller, time: push.send(b"", timeout=time),
    "send a frame": lambda pull, push, poller, time: push.send(b"", zmqx.SNDMORE, timeout=time),
    "send_multipart": lambda pull, push, poller, time: push.send_multipart([b"", b""], timeout=time),
    "send_json": lambda pull, push, poller, time: push.send_json({}, timeout=time),
    "send_many": lambda pull, push, poller, time: push.send_many([b""], timeout=time),
    "poll": lambda pull, push, poller, time: pull.poll(time),
    "flush": lambda pull, push, poller, time: push.flush(time),
    "wait_connected": lambda pull, push, poller, time: pull.wait_connected(timeout=time),
    "wait_for_subscribers": lambda pull, push, poller, time: pull.wait_for_subscribers(timeout=time),
    "events": lambda pull, push, poller, time: pull.events().recv(timeout=time),
    "Poller": lambda pull, push, poller, time: poller.poll(time),
    "close": lambda pull, push, poller, time: pull.close(time),
    "term": lambda pull, push, poller, time: pull.context.term(time),
    "destroy": lambda pull, push, poller, time: pull.context.destroy(timeout=time),
    "destroy's linger": lambda pull, push, poller, time: pull.context.destroy(time),
}


def sockets(ctx: Any, poller: Any) -> tuple[Any, Any, Any]:
    """A PULL without messages, a PUSH without peers, and the poller that waits for the one."""
    pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
    poller.register(pull, zmqx.POLLIN)
    return pull, push, poller


def named(call: str) -> str:
    """What the argument is called."""
    return "linger" if call == "close" or "linger" in call else "timeout"
