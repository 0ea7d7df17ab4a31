"""Ctrl-C at every place where something ends; says on stdout where the end cannot be had afterwards.

A program of its own, because what it may find is a process that hangs. Arguments: close, flush, term or destroy; tcp
or inproc.
"""

from __future__ import annotations

import os
import sys
import threading

import zmqx

from .strike_program import Strike

_MOST = 4000


def _ends(context: zmqx.Context, *sockets: zmqx.Socket) -> str:
    """What keeps a context from ending, in another thread; empty if nothing does."""
    said = ["it hangs"]

    def end() -> None:
        for socket in sockets:
            socket.close(0)
        try:
            context.destroy(linger=0, timeout=4000)
        except zmqx.Again as error:
            said[0] = str(error)
        else:
            said[0] = ""

    ending = threading.Thread(target=end, daemon=True)
    ending.start()
    ending.join(8)
    return said[0]


def main(what: str, transport: str) -> None:
    for at in range(1, _MOST):
        context = zmqx.Context()
        push, pull = context.socket(zmqx.PUSH), context.socket(zmqx.PULL)
        push.connect(pull.bind("tcp://127.0.0.1:*" if transport == "tcp" else "inproc://strike"))
        push.wait_connected(timeout=10_000)
        push.send(b"x")
        strike = Strike(at)
        sys.setprofile(strike)
        try:
            if what == "close":
                push.close()
                pull.close()
            elif what == "flush":
                push.flush(timeout=10_000)
            elif what == "term":
                context.term(timeout=1)
            else:
                context.destroy(linger=0)
        except (KeyboardInterrupt, zmqx.Again):
            pass
        finally:
            sys.setprofile(None)
        left = _ends(context, push, pull)
        if left:
            sys.stdout.write(f"after Ctrl-C at {strike.where}: {left}\n")
            return
        if strike.left > 0:
            return  # it has no more places


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # whatever hangs, hangs no longer
