"""docs/spec/monitor.md: who is not let in at the door; and udp, which has little to tell."""

from __future__ import annotations

import zmqx

from ..support.raw_peer import RawPeer
from .lib import Lib
from .states import states
from .watching import watch


@states("M4.20", "M3.7")
def test_a_filter_says_no(lib: Lib) -> None:
    pull, told = watch(lib, zmqx.PULL, tcp_accept_filter=b"10.0.0.0/8")
    endpoint = lib.bind(pull)
    with RawPeer.connect(endpoint) as peer:
        assert peer.ended()
    assert told.next().kind == "LISTENING"
    failed = told.next()
    assert (failed.kind, failed.endpoint) == ("ACCEPT_FAILED", endpoint)
    assert told.rest() == []


@states("M1.9")
def test_udp_tells_little(ours: Lib) -> None:
    """libzmq says nothing at all of it: that a descriptor is there, or a name is not, is ours to tell (0010)."""
    dish, near = watch(ours, zmqx.DISH)
    radio, far = watch(ours, zmqx.RADIO)
    dish.bind("udp://127.0.0.1:*")
    dish.join("group")
    dish.rcvtimeo = 10_000
    radio.connect(f"udp://{ours.last_endpoint(dish).removeprefix('udp://')}")
    radio.send(b"x", group="group")
    assert dish.recv() == b"x"
    assert near.rest(20) == ["LISTENING"]
    assert far.rest(20) == ["CONNECTED"]
