"""Peers that are told to go: both ends say why, and who was sent away comes in when there is room."""

from __future__ import annotations

import logging
from typing import Any

import pytest

import zmqx
from zmqx.constants import Event

from ..support.events import await_event

CASES = [
    (zmqx.PAIR, zmqx.PAIR, {}, "this PAIR socket has a peer already"),
    (zmqx.ROUTER, zmqx.DEALER, {"routing_id": b"same"}, "another peer has the routing id b'same'"),
]


@pytest.mark.parametrize(("kind", "peer", "options", "words"), CASES, ids=["second-pair", "same-id"])
def test_both_ends_say_why(
    ctx: zmqx.Context, caplog: pytest.LogCaptureFixture, kind: int, peer: int, options: dict[str, Any], words: str
) -> None:
    server = ctx.socket(kind)
    endpoint = server.bind("tcp://127.0.0.1:*")
    first, second = (ctx.socket(peer, reconnect_ivl=1, **options) for _ in range(2))
    first.connect(endpoint)
    server.wait_connected(timeout=10_000)
    with (
        server.events(Event.DISCONNECTED) as near,
        second.events(Event.CONNECT_RETRIED) as far,
        caplog.at_level(logging.WARNING, "zmqx"),
    ):
        second.connect(endpoint)
        assert words in await_event(near, Event.DISCONNECTED).reason
        told = [await_event(far, Event.CONNECT_RETRIED) for _ in range(4)]
        assert any("another peer of our name" in event.reason for event in told)
        first.close()
        while words in await_event(near, Event.DISCONNECTED).reason:
            pass
        server.wait_connected(timeout=10_000)
    assert len([record for record in caplog.records if "will not have us" in record.getMessage()]) <= 4
    second.send(b"at last")
    assert server.recv_multipart(timeout=10_000)[-1] == b"at last"
