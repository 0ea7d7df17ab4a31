"""docs/spec/patterns.md, section 9: PAIR."""

from __future__ import annotations

import zmqx
from tests.support.raw_peer import RawPeer

from .lib import Lib
from .states import states


@states("P9.1")
def test_there_is_one_pipe(lib: Lib) -> None:
    """What is sent goes to the one peer, both ways, and never to a second."""
    first, second = lib.socket(zmqx.PAIR), lib.socket(zmqx.PAIR)
    endpoint = lib.join(first, second)
    with RawPeer.connect(endpoint) as third:
        third.shake_hands("PAIR")
        for number in range(3):
            first.send(b"%d" % number)
        assert [second.recv() for _ in range(3)] == [b"0", b"1", b"2"]
        second.send(b"back")
        assert first.recv() == b"back"
