"""Trap 3, trusting the as-server byte: libzmq always sends 0, whatever its role. Nobody may look at it."""

from __future__ import annotations

import pytest

import zmqx

from ..support.raw_peer import GREETING, RawListener, RawPeer, frame, greeting, ready


@pytest.mark.parametrize("as_server", [0, 1, 255])
@pytest.mark.parametrize("we_bind", [True, False], ids=["we-bind", "we-connect"])
def test_the_byte_means_nothing(ctx: zmqx.Context, we_bind: bool, as_server: int) -> None:
    pull = ctx.socket(zmqx.PULL)
    with RawListener() as listener:
        if we_bind:
            peer = RawPeer.connect(pull.bind("tcp://127.0.0.1:*"))
        else:
            pull.connect(listener.endpoint)
            peer = listener.accept()
        with peer:
            assert peer.greet(greeting(as_server=as_server)) == GREETING
            peer.send(ready("PUSH") + frame(b"hello"))
            assert pull.recv(timeout=10_000) == b"hello"


def test_nor_do_the_bytes_behind_it(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    with RawPeer.connect(pull.bind("tcp://127.0.0.1:*")) as peer:
        peer.greet(greeting()[:33] + bytes(range(1, 32)))
        peer.send(ready("PUSH") + frame(b"hello"))
        assert pull.recv(timeout=10_000) == b"hello"
