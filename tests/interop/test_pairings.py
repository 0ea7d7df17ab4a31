"""Every pair of socket types that ZMTP allows, zmqx on one side and libzmq on the other; and those it does not."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

import zmqx
from zmqx.constants import Event

from ..support.judge import Judge
from .exchange import RULES

# STREAM speaks no ZMTP, and later types are drafts to libzmq: test_drafts has them.
TYPES = [kind.name for kind in zmqx.SocketType if kind < zmqx.STREAM]
PAIRINGS = sorted({*RULES, *[(right, left) for left, right in RULES]})
OPTIONS = {("ROUTER", "ROUTER"): ({"routing_id": b"left"}, {"routing_id": b"right"})}


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("we_bind", [True, False], ids=["zmqx-binds", "libzmq-binds"])
@pytest.mark.parametrize(("our_type", "their_type"), [pytest.param(*pair, id="-".join(pair)) for pair in PAIRINGS])
def test_everything_that_two_types_can_say(
    ctx: zmqx.Context,
    judge: Judge,
    endpoint_of: Callable[[str], str],
    transport: str,
    we_bind: bool,
    our_type: str,
    their_type: str,
) -> None:
    our_options, their_options = OPTIONS.get((our_type, their_type), ({}, {}))
    ours = ctx.socket(getattr(zmqx, our_type), **our_options)
    theirs = judge.socket(their_type, **their_options)
    if we_bind:
        theirs.connect(ours.bind(endpoint_of(transport)))
    else:
        ours.connect(theirs.bind(endpoint_of(transport)))
    ours.wait_connected(timeout=10_000)
    if (our_type, their_type) in RULES:
        RULES[our_type, their_type](ours, theirs)
    else:
        RULES[their_type, our_type](theirs, ours)


@pytest.mark.parametrize("our_type", TYPES)
def test_types_that_do_not_fit_part_with_a_reason(ctx: zmqx.Context, judge: Judge, our_type: str) -> None:
    """libzmq may hang up on our READY before it has sent its own: then there is less to tell."""
    ours = ctx.socket(getattr(zmqx, our_type))
    events = ours.events(Event.HANDSHAKE_FAILED_PROTOCOL | Event.HANDSHAKE_FAILED_NO_DETAIL)
    endpoint = ours.bind("tcp://127.0.0.1:*")
    for their_type in TYPES:
        if (our_type, their_type) in PAIRINGS:
            continue
        theirs = judge.socket(their_type)
        theirs.connect(endpoint)
        event = events.recv(timeout=10_000)
        assert event is not None
        if event.kind == Event.HANDSHAKE_FAILED_PROTOCOL:
            assert f"a {our_type} does not talk to a '{their_type}'" in event.reason
        else:
            assert event.value in (errno.EPIPE, errno.ECONNRESET)
            assert event.reason
        theirs.close()
    assert ours.wait_connected(0) == 0
