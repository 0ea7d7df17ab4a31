"""docs/spec/patterns.md, section 14: disconnect and unbind."""

from __future__ import annotations

import pytest

import zmqx

from ..support.callers import Caller, until
from ..support.raw_peer import RawListener, RawPeer
from .lib import Lib
from .states import states


@states("P14.1")
@pytest.mark.parametrize("linger", [-1, 20_000])
def test_what_is_unsent_is_sent_after_a_disconnect(lib: Lib, linger: int) -> None:
    push, pull = lib.socket(zmqx.PUSH, linger=linger, reconnect_ivl=10), lib.socket(zmqx.PULL)
    endpoint = lib.endpoint("ipc")
    push.connect(endpoint)
    push.send(b"unsent")
    push.disconnect(endpoint)
    with lib.fails(zmqx.EAGAIN):  # it has no peer any more
        push.send(b"x", zmqx.DONTWAIT)
    pull.bind(endpoint)
    assert pull.recv() == b"unsent"


@states("P14.1", "P14.2")
@pytest.mark.parametrize(("linger", "whole"), [(-1, True), (20_000, True), (0, False)])
def test_what_a_slow_peer_has_not_read(lib: Lib, linger: int, whole: bool) -> None:
    push = lib.socket(zmqx.PUSH, linger=linger)
    with RawListener() as listener:
        push.connect(listener.endpoint)
        with listener.accept() as peer:
            peer.shake_hands("PULL")
            for number in range(30):
                push.send_multipart([b"%d" % number, bytes(1_000_000)])
            push.disconnect(listener.endpoint)
            got: list[int] = []

            def read() -> None:
                try:
                    while len(got) < 30:
                        got.append(int(peer.recv_message()[0]))
                except (EOFError, ConnectionError):
                    pass

            reading = Caller(read)
            until(lambda: lib.attend(push) or reading.done)
            reading.result()
    assert got == list(range(len(got)))
    assert (len(got) == 30) is whole


@states("P14.2")
def test_what_is_unsent_is_dropped_without_linger(lib: Lib) -> None:
    push, pull = lib.socket(zmqx.PUSH, linger=0, reconnect_ivl=10), lib.socket(zmqx.PULL)
    endpoint = lib.endpoint("ipc")
    push.connect(endpoint)
    push.send(b"unsent")
    push.disconnect(endpoint)
    pull.bind(endpoint)
    assert lib.silent(pull)
    push.connect(endpoint)
    push.send(b"new")
    assert pull.recv() == b"new"


@states("P14.1")
def test_what_is_unsent_is_dropped_when_the_time_is_up(lib: Lib) -> None:
    push, pull = lib.socket(zmqx.PUSH, linger=100, reconnect_ivl=10), lib.socket(zmqx.PULL)
    endpoint = lib.endpoint("ipc")
    push.connect(endpoint)
    push.send(b"unsent")
    push.disconnect(endpoint)
    assert lib.silent(pull, 400)  # until then
    lib.attend(push)
    pull.bind(endpoint)
    assert lib.silent(pull)
    push.connect(endpoint)
    push.send(b"new")
    assert pull.recv() == b"new"


@states("P14.3")
def test_what_is_unread_after_a_disconnect(lib: Lib) -> None:
    """It is lost in libzmq, and can still be read in zmqx."""
    pull, push = lib.socket(zmqx.PULL), lib.socket(zmqx.PUSH)
    endpoint = lib.join(push, pull)
    push.send(b"one")
    push.send(b"two")
    assert pull.recv() == b"one"
    assert pull.poll(10_000)
    pull.disconnect(endpoint)
    until(lambda: lib.attend(pull) or lib.peers(push) == 0)
    if lib.differs(ours=True, libzmq=False, see="0010"):
        assert pull.recv(zmqx.DONTWAIT) == b"two"
    with lib.fails(zmqx.EAGAIN):
        pull.recv(zmqx.DONTWAIT)


@states("P14.4")
@pytest.mark.parametrize("transport", ["tcp", "ipc", "abstract"])
def test_unbinding_closes_what_was_accepted_there(lib: Lib, transport: str) -> None:
    pull = lib.socket(zmqx.PULL)
    gone, other = lib.bind(pull, transport), lib.bind(pull)
    with RawPeer.connect(gone) as one, RawPeer.connect(other) as two:
        one.shake_hands("PUSH")
        two.shake_hands("PUSH")
        lib.await_peers(pull, 2)
        pull.unbind(gone)
        until(lambda: lib.attend(pull) or not one.is_left_alone())
        assert one.ended()
        two.send(b"\x00\x01x")
        assert pull.recv() == b"x"

    def refused() -> bool:
        try:
            RawPeer.connect(gone).close()
        except OSError:
            return True
        return False

    until(refused)


@states("P14.5")
def test_unbinding_leaves_pipes_of_inproc_alone(lib: Lib) -> None:
    left, right, late = (lib.socket(zmqx.PAIR) for _ in range(3))
    endpoint = lib.join(left, right, transport="inproc")
    left.unbind(endpoint)
    left.send(b"a")
    assert right.recv() == b"a"
    right.send(b"b")
    assert left.recv() == b"b"
    late.bind(endpoint)  # the name is free
    with lib.fails(zmqx.EAGAIN):
        late.send(b"x", zmqx.DONTWAIT)


@states("P14.6")
def test_the_address_is_free_again(lib: Lib) -> None:
    """In libzmq before long; in zmqx when unbind returns."""
    pull = lib.socket(zmqx.PULL)
    endpoint = lib.bind(pull)
    for _ in range(5):
        pull.unbind(endpoint)
        if lib.ours:
            pull.bind(endpoint)
        else:
            lib.bind_again(pull, endpoint)
    with RawPeer.connect(endpoint) as peer:
        peer.shake_hands("PUSH")


@states("P14.6")
def test_a_disconnect_returns_before_its_work_is_done(lib: Lib) -> None:
    push = lib.socket(zmqx.PUSH, linger=20_000)
    with RawListener() as listener:
        push.connect(listener.endpoint)
        with listener.accept() as peer:
            peer.shake_hands("PULL")
            for _ in range(30):
                push.send(bytes(1_000_000))
            push.disconnect(listener.endpoint)
            # Nothing was read so far: most of it cannot have left.
            assert sum(len(peer.recv_message()[0]) for _ in range(30)) == 30_000_000
