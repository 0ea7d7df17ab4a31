"""What a full peer gets without a choice made is what libzmq gives it."""

from __future__ import annotations

from typing import Any

import pytest
import zmq

import zmqx
from zmqx import Overflow

MARK = 3
CASES = {
    "push": ("PUSH", "PULL", {}, Overflow.BLOCK),
    "dealer": ("DEALER", "DEALER", {}, Overflow.BLOCK),
    "pair": ("PAIR", "PAIR", {}, Overflow.BLOCK),
    "pub": ("PUB", "SUB", {}, Overflow.DROP_NEWEST),
    "xpub": ("XPUB", "SUB", {}, Overflow.DROP_NEWEST),
    "xpub, nodrop": ("XPUB", "SUB", {"XPUB_NODROP": 1}, Overflow.BLOCK),
    "router": ("ROUTER", "DEALER", {}, Overflow.DROP_NEWEST),
    "router, mandatory": ("ROUTER", "DEALER", {"ROUTER_MANDATORY": 1}, Overflow.BLOCK),
}


def story(lib: Any, case: str, policy: Overflow | None) -> tuple[list[str], list[bytes]]:
    """What became of each of ten messages for one peer that does not read, and what it then got."""
    sends, receives, options, _ = CASES[case]
    context = lib.Context()
    sender, receiver = context.socket(getattr(lib, sends)), context.socket(getattr(lib, receives))
    try:
        for socket in (sender, receiver):
            socket.sndhwm = socket.rcvhwm = MARK
        for name, value in options.items():
            sender.setsockopt(getattr(lib, name), value)
        if policy is not None:
            sender.overflow = policy
        if receives == "SUB":
            receiver.setsockopt(lib.SUBSCRIBE, b"")
        if sends == "ROUTER":
            receiver.setsockopt(lib.ROUTING_ID, b"me")
        sender.bind("inproc://full")
        receiver.connect("inproc://full")
        if sends == "XPUB":
            assert sender.poll(5000)
            assert sender.recv() == b"\x01"
        elif sends == "PUB":
            sender.poll(0, lib.POLLOUT)  # over inproc the subscription is there, and is looked at now
        outcomes = []
        for number in range(10):
            body = b"%d" % number
            try:
                sender.send_multipart([b"me", body] if sends == "ROUTER" else [body], lib.DONTWAIT)
                outcomes.append("ok")
            except lib.Again:
                outcomes.append("EAGAIN")
        got = []
        while receiver.poll(100):
            got.append(receiver.recv())
        return outcomes, got
    finally:
        context.destroy(linger=0)


@pytest.mark.parametrize("case", list(CASES))
def test_by_default(case: str) -> None:
    ours = story(zmqx, case, None)
    assert ours == story(zmq, case, None)
    assert ours == story(zmqx, case, CASES[case][3])
    assert len(ours[1]) == 2 * MARK


@pytest.mark.parametrize("case", list(CASES))
def test_what_libzmq_cannot_do(case: str) -> None:
    outcomes, got = story(zmqx, case, Overflow.DROP_OLDEST)
    assert outcomes == ["ok"] * 10
    assert got == [b"%d" % number for number in range(4, 10)]
    outcomes, got = story(zmqx, case, Overflow.FAIL)
    assert outcomes == ["ok"] * 6 + ["EAGAIN"] * 4
    assert got == [b"%d" % number for number in range(6)]
