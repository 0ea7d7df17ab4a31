"""Ctrl-C at every place of a call where it can strike; says on stdout where nothing goes on afterwards.

A program of its own, because what it may find is a process that hangs. Arguments: recv, take (of
a message that is there), arrive (of one that is in the system's buffer), send, sift (of messages by topic) or topics
(a change of them); tcp or inproc; FD, if somebody watches that.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from types import FrameType
from typing import Any

import zmqx

_MOST = 2000
# What every message begins with.
_TOPICS = [b"%d" % number for number in range(10)] + [b"there"]


class Strike:
    """Raises KeyboardInterrupt at the n-th place where CPython looks for signals: when a function of the package
    begins, and when one in C returns to it."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.where = ""

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        if self.left <= 0 or event not in ("call", "c_return"):
            return
        if not frame.f_globals.get("__name__", "").startswith("zmqx."):
            return
        self.left -= 1
        if self.left == 0:
            what = f" after {arg.__name__}()" if event == "c_return" else ""
            place = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
            self.where = f"{place} {frame.f_code.co_name}{what}"
            raise KeyboardInterrupt


def _lit(pull: zmqx.Socket, seconds: float) -> bool:
    return bool(select.select([pull], [], [], seconds)[0])


def _empty(pull: zmqx.Socket) -> None:
    try:
        while True:
            pull.recv(timeout=5)
    except zmqx.Again:
        pass


def _goes_on(push: zmqx.Socket, pull: zmqx.Socket, token: bytes, watched: bool, tries: int) -> bool:
    """Whether another thread can still send and receive, and FD tells of it. A connection that was struck may take what
    is sent along: then there is another try."""
    done = threading.Event()

    def check() -> None:
        for _ in range(tries):
            try:
                push.send(token, timeout=1000)
                if watched and not _lit(pull, 1):
                    continue
                while pull.recv(timeout=1000) != token:
                    pass
            except zmqx.Again:
                continue
            if watched:
                _empty(pull)
                if _lit(pull, 0):
                    return
            done.set()
            return

    checking = threading.Thread(target=check, daemon=True)
    checking.start()
    checking.join(5 * tries)
    return done.is_set()


def main(what: str, transport: str, watched: str = "") -> None:
    context = zmqx.Context()
    # A message that arrives is read by whoever receives it, if nobody else serves both ends.
    far = zmqx.Context() if what == "arrive" else context
    by_topic = what in ("sift", "topics")
    push = far.socket(zmqx.PUB if by_topic else zmqx.PUSH, reconnect_ivl=1, reconnect_ivl_max=1)
    pull = context.socket(zmqx.SUB if by_topic else zmqx.PULL, reconnect_ivl=1, reconnect_ivl_max=1)
    binds, connects = (push, pull) if what == "arrive" else (pull, push)
    connects.connect(binds.bind("tcp://127.0.0.1:*" if transport == "tcp" else "inproc://strike"))
    push.wait_connected(timeout=10_000)
    if by_topic:
        for topic in _TOPICS:
            pull.subscribe(topic)
        push.wait_for_subscribers(_TOPICS[-1], timeout=10_000)
    if watched:
        pull.fileno()
    for at in range(1, _MOST):
        if what == "take":
            push.send(b"there", timeout=10_000)
            pull.poll(10_000)
        if what == "arrive":
            push.wait_connected(timeout=10_000)
            pull.poll(0)
            push.send(b"here", timeout=10_000)
        if what == "sift":
            for _ in range(5):
                push.send(b"there", timeout=10_000)
            for _ in range(2):
                pull.recv(timeout=10_000)  # with the first one the way past the lock is open
        strike = Strike(at)
        sys.setprofile(strike)
        try:
            if what in ("recv", "take", "arrive"):
                pull.recv(timeout=3)
            elif what == "sift":
                for _ in range(3):
                    pull.recv(timeout=3)
            elif what == "topics":
                for topic in (b"there's more", b"th"):
                    pull.subscribe(topic)
                    pull.unsubscribe(topic)
            else:
                push.send(b"struck", timeout=10_000)
        except (KeyboardInterrupt, zmqx.Again):
            pass
        finally:
            sys.setprofile(None)
        if strike.left > 0:
            return  # the call has no more places
        if not _goes_on(push, pull, b"%d" % at, bool(watched), 3 if what in ("arrive", "topics") else 1):
            sys.stdout.write(f"nothing goes on after Ctrl-C at {strike.where}\n")
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # whatever hangs, hangs no longer
