"""docs/spec/patterns.md, section 9: PAIR."""

from __future__ import annotations

import zmqx

from ..support.raw_peer import RawPeer
from .lib import Lib
from .states import states
from .test_patterns_02_req import message


@states("P9.1", "P9.2", "P9.3")
def test_there_is_one_pipe(lib: Lib) -> None:
    """Others get nothing, are not heard, and do not take over. libzmq leaves them connected; zmqx sends them away."""
    pair = lib.socket(zmqx.PAIR)
    endpoint = lib.bind(pair)
    with RawPeer.connect(endpoint) as second:
        with RawPeer.connect(endpoint) as first:
            first.shake_hands("PAIR")
            lib.await_peers(pair)
            second.shake_hands("PAIR")
            if lib.ours:
                assert second.ended()
            else:
                lib.await_peers(pair, 2)
                second.send(message(b"from the second"))
            for number in range(3):
                pair.send(b"%d" % number)
            assert [first.recv_message() for _ in range(3)] == [[b"0"], [b"1"], [b"2"]]
            first.send(message(b"a", b"b"))
            assert pair.recv_multipart() == [b"a", b"b"]
        lib.await_loss(pair, lib.differs(ours=0, libzmq=1, see="0010"))
        with lib.fails(zmqx.EAGAIN):
            pair.send(b"to nobody", zmqx.DONTWAIT)
        if not lib.ours:
            second.send(message(b"still not heard"))
            assert second.is_left_alone()
            assert lib.silent(pair)
    # Somebody new is welcome.
    with RawPeer.connect(endpoint) as third:
        third.shake_hands("PAIR")
        pair.send(b"hello")
        assert third.recv_message() == [b"hello"]


@states("P9.4")
def test_without_a_peer_a_pair_waits(lib: Lib) -> None:
    pair = lib.socket(zmqx.PAIR)
    lib.bind(pair)
    with lib.fails(zmqx.EAGAIN):
        pair.send(b"x", zmqx.DONTWAIT)
    pair.setsockopt(zmqx.SNDTIMEO, 50)
    with lib.fails(zmqx.EAGAIN):
        pair.send(b"x")
    with lib.fails(zmqx.EAGAIN):
        pair.recv(zmqx.DONTWAIT)
