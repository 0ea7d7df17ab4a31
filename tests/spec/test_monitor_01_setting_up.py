"""docs/spec/monitor.md, section 1: setting up."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.callers import Caller
from . import apart
from .lib import DEADLINE, Lib
from .states import row, states
from .watching import watch


def _reader(lib: Lib, endpoint: str, kind: int = zmqx.PAIR) -> Any:
    made = lib.bare_socket(kind, linger=0, rcvtimeo=DEADLINE)
    made.connect(endpoint)
    return made


@states("M1.1")
def test_events_come_through_a_pair_of_its_own(lib: Lib) -> None:
    pull = lib.bare_socket(zmqx.PULL)
    pull.monitor("inproc://watch", zmqx.EVENT_ALL)
    reader = _reader(lib, "inproc://watch")
    endpoint = lib.bind(pull)
    assert reader.recv_multipart()[1] == endpoint.encode()
    taken = lib.bare_socket(zmqx.PAIR)
    with lib.fails(zmqx.EADDRINUSE):
        taken.bind("inproc://watch")


@states("M1.1")
@pytest.mark.parametrize(("kind", "peer"), [(zmqx.PAIR, zmqx.PAIR), (zmqx.PUB, zmqx.SUB), (zmqx.PUSH, zmqx.PULL)])
def test_the_versioned_monitor_may_publish_or_push(ours: Lib, kind: int, peer: int) -> None:
    pull = ours.bare_socket(zmqx.PULL)
    pull.monitor_versioned("inproc://watch", zmqx.EVENT_LISTENING, 2, kind)
    reader = ours.bare_socket(peer, linger=0, rcvtimeo=DEADLINE)
    if peer == zmqx.SUB:
        reader.subscribe(b"")
    reader.connect("inproc://watch")
    endpoint = ours.bind(pull)
    assert reader.recv_multipart()[-2:] == [endpoint.encode(), b""]


@states("M1.2")
def test_no_address_stops_it(lib: Lib) -> None:
    pull = lib.bare_socket(zmqx.PULL)
    pull.monitor("inproc://watch", zmqx.EVENT_ALL)
    reader = _reader(lib, "inproc://watch")
    pull.monitor(None, 0)
    lib.bind(pull)
    assert reader.recv_multipart() == [b"\x00\x04\x00\x00\x00\x00", b""]
    assert lib.silent(reader)


@states("M1.2")
def test_stopping_what_was_never_started_changes_nothing(lib: Lib) -> None:
    pull = lib.bare_socket(zmqx.PULL)
    pull.monitor(None, 0)
    pull.disable_monitor()
    pull.monitor("inproc://watch", zmqx.EVENT_ALL)
    reader = _reader(lib, "inproc://watch")
    endpoint = lib.bind(pull)
    assert reader.recv_multipart()[1] == endpoint.encode()


@states("M1.3")
def test_another_call_replaces_it(lib: Lib) -> None:
    pull = lib.bare_socket(zmqx.PULL)
    pull.monitor("inproc://first", zmqx.EVENT_ALL)
    first = _reader(lib, "inproc://first")
    pull.monitor("inproc://second", zmqx.EVENT_LISTENING)
    second = _reader(lib, "inproc://second")
    endpoint = lib.bind(pull)
    assert second.recv_multipart()[1] == endpoint.encode()
    assert first.recv_multipart() == [b"\x00\x04\x00\x00\x00\x00", b""]
    assert lib.silent(first)


@states("M1.3")
def test_the_same_name_may_be_given_again(ours: Lib) -> None:
    """libzmq frees it a moment later."""
    pull = ours.bare_socket(zmqx.PULL)
    for _ in range(3):
        pull.monitor("inproc://again", zmqx.EVENT_ALL)
    reader = _reader(ours, "inproc://again")
    endpoint = ours.bind(pull)
    assert reader.recv_multipart()[1] == endpoint.encode()


@states("M1.4", "R2.21")
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:5555", "ipc:///tmp/x", "nonsense://x"])
def test_only_inproc_is_allowed(lib: Lib, address: str) -> None:
    with lib.fails(zmqx.EPROTONOSUPPORT):
        lib.bare_socket(zmqx.PULL).monitor(address, zmqx.EVENT_ALL)


@pytest.mark.parametrize(
    ("address", "events"),
    [row("R2.21", "x", 0xFFFF), row("R2.21", "inproc://", 0xFFFF), row("R2.21", "inproc://x", 0x10000, name="v2 only")],
)
def test_a_bad_address_and_events_of_version_2(lib: Lib, address: str, events: int) -> None:
    with lib.fails(zmqx.EINVAL):
        lib.bare_socket(zmqx.PULL).monitor(address, events)


@states("R2.21")
def test_a_monitor_is_of_few_types(ours: Lib) -> None:
    pull = ours.bare_socket(zmqx.PULL)
    for kind in set(zmqx.SocketType) - {zmqx.PAIR, zmqx.PUB, zmqx.PUSH}:
        with ours.fails(zmqx.EINVAL):
            pull.monitor_versioned("inproc://x", zmqx.EVENT_ALL_V2, 2, kind)
    for version in (0, 3):
        with ours.fails(zmqx.EINVAL):
            pull.monitor_versioned("inproc://x", zmqx.EVENT_ALL, version)


@states("R2.21")
def test_a_name_that_is_taken(lib: Lib) -> None:
    lib.bare_socket(zmqx.PAIR).bind("inproc://taken")
    with lib.fails(zmqx.EADDRINUSE):
        lib.bare_socket(zmqx.PULL).monitor("inproc://taken", zmqx.EVENT_ALL)


@states("R2.21")
def test_a_mistake_leaves_the_monitor_there_was(ours: Lib) -> None:
    """libzmq has stopped it by then."""
    ours.bare_socket(zmqx.PAIR).bind("inproc://taken")
    pull, told = watch(ours, zmqx.PULL)
    with ours.fails(zmqx.EADDRINUSE):
        pull.monitor("inproc://taken", zmqx.EVENT_ALL)
    ours.bind(pull)
    assert told.next().kind == "LISTENING"


@states("R2.21")
def test_a_closed_socket_and_a_context_that_has_ended(lib: Lib) -> None:
    closed = lib.bare_socket(zmqx.PULL)
    closed.close()
    with lib.fails(zmqx.ENOTSOCK):
        closed.monitor("inproc://x", zmqx.EVENT_ALL)
    context = lib.context()
    open_still = lib.bare_socket(zmqx.PULL, context)
    waiting = Caller(open_still.recv)
    ending = Caller(context.term)
    with lib.fails(zmqx.ETERM):
        waiting.result()
    with lib.fails(zmqx.ETERM):
        open_still.monitor("inproc://x", zmqx.EVENT_ALL)
    open_still.close()
    ending.result()


@states("M1.5")
def test_a_monitor_that_nobody_reads_does_not_keep_the_context(lib: Lib) -> None:
    context = lib.context()
    pull = lib.bare_socket(zmqx.PULL, context)
    pull.monitor("inproc://watch", zmqx.EVENT_ALL)
    reader = lib.bare_socket(zmqx.PAIR, context)
    reader.connect("inproc://watch")
    lib.bind(pull)
    pull.close()
    reader.close()
    Caller(context.term).result()


def bind_without_reader(lib: Lib) -> str:
    pull = lib.bare_socket(zmqx.PULL)
    pull.monitor("inproc://watch", zmqx.EVENT_ALL)
    lib.bind(pull)
    return "bound"


@states("M1.6", "M1.7")
def test_nobody_reads_and_nobody_waits() -> None:
    assert apart.run(bind_without_reader, ours=False, seconds=3).hung
    assert apart.run(bind_without_reader, ours=True).value == "bound"


@states("M1.7")
def test_a_reader_that_does_not_read_loses_the_newest(ours: Lib) -> None:
    pull = ours.bare_socket(zmqx.PULL)
    pull.monitor("inproc://watch", zmqx.EVENT_ALL)
    reader = ours.bare_socket(zmqx.PAIR, rcvhwm=10, rcvtimeo=DEADLINE)
    reader.connect("inproc://watch")
    for _ in range(1100):
        pull.unbind(pull.bind("tcp://127.0.0.1:*"))
    # Those that wait with us, in the pair's queue, and in the reader's.
    kept = 1000 + 1000 + 10
    assert pull.monitor_missed == 2200 - kept
    events = [reader.recv_multipart()[0][0] for _ in range(kept)]
    assert events == [8, 128] * (kept // 2)
    lost = pull.monitor_missed
    endpoint = ours.bind(pull)
    assert reader.recv_multipart()[1] == endpoint.encode()
    assert pull.monitor_missed == lost


@states("M1.7")
def test_events_wait_for_a_reader(ours: Lib) -> None:
    pull = ours.bare_socket(zmqx.PULL)
    pull.monitor("inproc://watch", zmqx.EVENT_ALL)
    endpoint = ours.bind(pull)
    reader = _reader(ours, "inproc://watch")
    assert reader.recv_multipart()[1] == endpoint.encode()


@states("M1.8")
def test_inproc_makes_no_events(lib: Lib) -> None:
    left, told = watch(lib, zmqx.PAIR)
    left.bind("inproc://quiet")
    right = lib.bare_socket(zmqx.PAIR, linger=0)
    right.connect("inproc://quiet")
    right.close()
    lib.bind(left)
    assert told.next().kind == "LISTENING"
