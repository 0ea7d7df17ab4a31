"""bind, connect and their opposites; who is connected; and what a socket tells of it all."""

from __future__ import annotations

import os
import socket as plain
from collections.abc import Callable, Iterator

import pytest

import zmqx

from ..scenarios.conftest import TRANSPORTS, Joiner
from ..support.callers import Caller, until

NETWORK = [transport for transport in TRANSPORTS if transport != "inproc"]
E = zmqx.Event


def kinds(events: zmqx.EventStream, last: E) -> list[E]:
    """The kinds of the events up to one of this kind."""
    seen: list[E] = []
    while not seen or seen[-1] != last:
        event = events.recv(timeout=10_000)
        assert event is not None
        seen.append(event.kind)
    return seen


# -- bind and unbind


def test_bind_returns_the_real_endpoint(joiner: Joiner) -> None:
    pull, push = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH)
    endpoint = pull.bind(joiner._endpoint_of(joiner.transport))
    assert "*" not in endpoint
    assert pull.last_endpoint == endpoint.encode()
    assert push.connect(endpoint) == endpoint
    assert push.last_endpoint == endpoint.encode()
    push.send(b"x")
    assert pull.recv(timeout=5000) == b"x"


def test_a_with_block_unbinds_and_disconnects(joiner: Joiner) -> None:
    pull, push = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH)
    with pull.bind(joiner._endpoint_of(joiner.transport)) as bound:
        assert bound is pull
        endpoint = pull.last_endpoint.decode()
        with push.connect(endpoint) as connected:
            assert connected is push
            push.send(b"x")
            assert pull.recv(timeout=5000) == b"x"
        with pytest.raises(zmqx.ZMQError, match="not connected"):
            push.disconnect(endpoint)
    with pytest.raises(zmqx.ZMQError, match="not bound"):
        pull.unbind(endpoint)


@pytest.mark.parametrize(
    "given", ["tcp://127.0.0.1:*", "tcp://127.0.0.1:0", "tcp://*:*", "tcp://localhost:*", "ipc://*"]
)
@pytest.mark.parametrize("by", ["returned", "given", "bytes"])
def test_unbind_takes_what_bind_took_or_gave(ctx: zmqx.Context, given: str, by: str) -> None:
    pull = ctx.socket(zmqx.PULL)
    returned = pull.bind(given)
    pull.unbind({"returned": str(returned), "given": given, "bytes": returned.encode()}[by])
    for endpoint in (given, returned):
        with pytest.raises(zmqx.ZMQError, match="not bound") as caught:
            pull.unbind(endpoint)
        assert caught.value.errno == zmqx.ENOENT
    if not given.startswith("ipc"):  # a wildcard's folder goes with its socket
        pull.bind(returned)


@pytest.mark.parametrize("undo", ["unbind", "disconnect"])
@pytest.mark.parametrize(
    ("endpoint", "number"),
    [
        ("tcp://127.0.0.1:9", zmqx.ENOENT),
        ("inproc://never", zmqx.ENOENT),
        ("nonsense", zmqx.EINVAL),
        ("foo://bar", zmqx.EPROTONOSUPPORT),
    ],
)
def test_what_was_never_done_cannot_be_undone(ctx: zmqx.Context, undo: str, endpoint: str, number: int) -> None:
    with pytest.raises(zmqx.ZMQError) as caught:
        getattr(ctx.socket(zmqx.PULL), undo)(endpoint)
    assert caught.value.errno == number


def test_an_endpoint_is_bound_once(joiner: Joiner) -> None:
    first, second = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(first)
    for socket in (first, second):
        with pytest.raises(zmqx.ZMQError) as caught:
            socket.bind(endpoint)
        assert caught.value.errno == zmqx.EADDRINUSE
        assert endpoint.split("://")[1] in str(caught.value)
    push = joiner.socket(zmqx.PUSH)
    push.connect(endpoint)
    push.send(b"the first is as it was")
    assert first.recv(timeout=5000) == b"the first is as it was"


@pytest.mark.parametrize("how", ["unbind", "close", "linger", "destroy"])
@pytest.mark.parametrize("peers", [0, 3])
def test_a_port_is_free_at_once(how: str, peers: int) -> None:
    """Free for any program: with peers there are connections in TIME_WAIT, for which servers set SO_REUSEADDR."""
    with zmqx.Context() as ctx, zmqx.Context() as other:
        pull = ctx.socket(zmqx.PULL)
        endpoint = pull.bind("tcp://127.0.0.1:*")
        pushes = [other.socket(zmqx.PUSH, linger=0) for _ in range(peers)]
        for push in pushes:
            push.connect(endpoint)
        pull.wait_connected(peers, timeout=5000)
        if how == "unbind":
            pull.unbind(endpoint)
        elif how == "destroy":
            ctx.destroy()
        else:
            pull.close(linger=None if how == "close" else 10_000)
        with plain.socket() as server:
            if peers:
                server.setsockopt(plain.SOL_SOCKET, plain.SO_REUSEADDR, 1)
            server.bind(("127.0.0.1", int(endpoint.rpartition(":")[2])))
            server.listen()


def test_an_endpoint_can_be_bound_again_at_once(joiner: Joiner) -> None:
    push = joiner.socket(zmqx.PUSH, reconnect_ivl=1, immediate=int(joiner.transport != "inproc"))
    pull = joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    for number in range(20):
        push.connect(endpoint)
        push.send(b"%d" % number, timeout=5000)
        assert pull.recv(timeout=5000) == b"%d" % number
        push.disconnect(endpoint)
        if number % 2:
            pull.unbind(endpoint)
        else:
            pull.close()
            pull = joiner.socket(zmqx.PULL)
        pull.bind(endpoint)


@pytest.mark.parametrize("transport", NETWORK)
@pytest.mark.parametrize("immediate", [0, 1])
def test_nothing_can_be_sent_to_what_was_undone(joiner: Joiner, immediate: int) -> None:
    for push_binds in (True, False):
        push, pull = joiner.socket(zmqx.PUSH, immediate=immediate), joiner.socket(zmqx.PULL)
        joiner.join(push, pull, push_binds)
        push.send(b"x")
        assert pull.recv(timeout=5000) == b"x"
        (push.unbind if push_binds else push.disconnect)(push.last_endpoint)
        with pytest.raises(zmqx.Again):
            push.send(b"y", zmqx.DONTWAIT)


@pytest.mark.parametrize("transport", NETWORK)
def test_unbind_closes_what_was_accepted(joiner: Joiner) -> None:
    pull, push = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH)
    joiner.join(pull, push)
    endpoint = pull.last_endpoint.decode()
    with push.events(E.DISCONNECTED) as events:
        pull.unbind(endpoint)
        assert kinds(events, E.DISCONNECTED) == [E.DISCONNECTED]


@pytest.mark.parametrize("transport", ["inproc"])
def test_unbinding_a_name_leaves_its_connections_alone(joiner: Joiner) -> None:
    pull, push, late = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PUSH)
    joiner.join(pull, push)
    endpoint = pull.last_endpoint.decode()
    pull.unbind(endpoint)
    push.send(b"still there")
    assert pull.recv(timeout=5000) == b"still there"
    late.connect(endpoint)
    with pytest.raises(zmqx.Again):
        late.wait_connected(timeout=0)


@pytest.mark.parametrize("transport", NETWORK)
def test_disconnect_closes_the_connection(joiner: Joiner) -> None:
    pull, push = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH)
    endpoint = joiner.bind(pull)
    push.connect(endpoint)
    pull.wait_connected(timeout=5000)
    with pull.events(E.DISCONNECTED) as events:
        push.disconnect(endpoint)
        assert kinds(events, E.DISCONNECTED) == [E.DISCONNECTED]
    with pytest.raises(zmqx.Again):
        push.send(b"x", zmqx.DONTWAIT)
    with pytest.raises(zmqx.ZMQError) as caught:
        push.disconnect(endpoint)
    assert caught.value.errno == zmqx.ENOENT
    push.connect(endpoint)
    push.send(b"back")
    assert pull.recv(timeout=5000) == b"back"


ONCE = {"DEALER": zmqx.ROUTER, "SUB": zmqx.PUB, "PUB": zmqx.SUB, "REQ": zmqx.REP}
TWICE = {"PUSH": zmqx.PULL, "PULL": zmqx.PUSH, "REP": zmqx.REQ, "ROUTER": zmqx.DEALER, "XPUB": zmqx.XSUB}


@pytest.mark.parametrize("transport", ["tcp", "inproc"])
@pytest.mark.parametrize("name", [*ONCE, *TWICE])
def test_some_types_connect_twice_if_told_twice_and_disconnect_once_for_all(joiner: Joiner, name: str) -> None:
    twice, peer = joiner.socket(zmqx.SocketType[name]), joiner.socket({**ONCE, **TWICE}[name])
    endpoint = joiner.bind(peer)
    for _ in range(2):
        twice.connect(endpoint)
    count = 2 if name in TWICE else 1
    assert peer.wait_connected(count, timeout=5000) == count
    twice.disconnect(endpoint)
    with pytest.raises(zmqx.ZMQError, match="not connected"):
        twice.disconnect(endpoint)


def test_a_socket_may_bind_and_connect_many_endpoints(ctx: zmqx.Context, endpoint_of: Callable[[str], str]) -> None:
    pull = ctx.socket(zmqx.PULL, ipv6=1)
    pushes = [ctx.socket(zmqx.PUSH, ipv6=1) for _ in TRANSPORTS]
    for transport, push in zip(TRANSPORTS, pushes, strict=True):
        push.connect(pull.bind(endpoint_of(transport)))
        pull.connect(push.bind(endpoint_of(transport)))
    count = 2 * len(pushes)
    assert pull.wait_connected(count, timeout=5000) == count
    for number, push in enumerate(pushes):
        for _ in range(2):
            push.send(b"%d" % number)
    assert sorted(int(pull.recv(timeout=5000)) for _ in range(count)) == [turn // 2 for turn in range(count)]


def test_a_random_port_of_a_range(ctx: zmqx.Context) -> None:
    pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH)
    port = pull.bind_to_random_port("tcp://127.0.0.1", 40_000, 60_000)
    assert 40_000 <= port < 60_000
    push.connect(f"tcp://127.0.0.1:{port}")
    push.send(b"x")
    assert pull.recv(timeout=5000) == b"x"
    with pytest.raises(zmqx.ZMQBindError, match=f"{port}"):
        ctx.socket(zmqx.PULL).bind_to_random_port("tcp://127.0.0.1", port, port + 1, max_tries=3)
    with pytest.raises(zmqx.ZMQError) as caught:
        pull.bind_to_random_port("foo://x")
    assert caught.value.errno == zmqx.EPROTONOSUPPORT


# -- who is there


def test_wait_connected_counts(joiner: Joiner) -> None:
    pull = joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    assert pull.wait_connected(0) == 0
    for timeout in (0, 10):
        with pytest.raises(zmqx.Again):
            pull.wait_connected(timeout=timeout)
    waiting = Caller(pull.wait_connected, 3).waits_for(pull)
    pushes = [joiner.socket(zmqx.PUSH) for _ in range(3)]
    for push in pushes:
        assert not waiting.done
        push.connect(endpoint)
    assert waiting.result() == 3
    assert pull.wait_connected(2, timeout=0) == 3
    with pytest.raises(zmqx.Again):
        pull.wait_connected(4, timeout=10)


@pytest.mark.parametrize("transport", NETWORK)
def test_a_peer_that_leaves_is_not_counted(joiner: Joiner) -> None:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    with pull.events(E.DISCONNECTED) as events:
        push.close()
        kinds(events, E.DISCONNECTED)
    until(lambda: pull.wait_connected(0) == 0)
    with pytest.raises(zmqx.Again):
        pull.wait_connected(timeout=0)


# -- events


@pytest.fixture
def silent() -> Iterator[str]:
    """An endpoint that accepts connections and never says a word."""
    with plain.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("transport", NETWORK)
def test_the_life_of_a_connection_as_both_ends_tell_it(joiner: Joiner) -> None:
    pull, push = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH, reconnect_ivl=5)
    with pull.events() as near, push.events() as far:
        endpoint = joiner.bind(pull)
        listening = near.recv(timeout=5000)
        assert (listening.kind, listening.endpoint) == (E.LISTENING, endpoint)
        push.connect(endpoint)
        assert kinds(near, E.HANDSHAKE_SUCCEEDED) == [E.ACCEPTED, E.HANDSHAKE_SUCCEEDED]
        begun = kinds(far, E.HANDSHAKE_SUCCEEDED)
        assert [kind for kind in begun if kind != E.CONNECT_DELAYED] == [E.CONNECTED, E.HANDSHAKE_SUCCEEDED]
        pull.unbind(endpoint)
        assert kinds(near, E.CLOSED)[0] == E.CLOSED
        lost = kinds(far, E.CONNECT_RETRIED)
        assert lost == [E.DISCONNECTED, E.CONNECT_RETRIED]
        pull.bind(endpoint)
        assert kinds(near, E.HANDSHAKE_SUCCEEDED)[-3:] == [E.LISTENING, E.ACCEPTED, E.HANDSHAKE_SUCCEEDED]
        kinds(far, E.HANDSHAKE_SUCCEEDED)
        push.close()
        gone = near.recv(timeout=5000)
        assert (gone.kind, gone.endpoint) == (E.DISCONNECTED, endpoint)
        assert "closed" in gone.reason


def test_a_refused_connection_is_told_and_tried_again(ctx: zmqx.Context) -> None:
    with plain.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        push = ctx.socket(zmqx.PUSH, reconnect_ivl=5)
        with push.events() as events:
            endpoint = push.connect(f"tcp://127.0.0.1:{taken.getsockname()[1]}")
            for _ in range(2):
                failed = [event for event in (events.recv(timeout=5000) for _ in range(3)) if event is not None]
                assert [event.kind for event in failed] == [E.CONNECT_DELAYED, E.CLOSED, E.CONNECT_RETRIED]
                assert {event.endpoint for event in failed} == {endpoint}
                assert "refused" in failed[1].reason
                assert 5 <= failed[2].value < 10


def test_a_handshake_that_takes_too_long_is_told(ctx: zmqx.Context, silent: str) -> None:
    push = ctx.socket(zmqx.PUSH, handshake_ivl=10, reconnect_ivl=-1)
    with push.events(E.HANDSHAKE_FAILED_NO_DETAIL | E.DISCONNECTED) as events:
        push.connect(silent)
        failed, gone = events.recv(timeout=5000), events.recv(timeout=5000)
    assert (failed.kind, failed.value, gone.kind) == (E.HANDSHAKE_FAILED_NO_DETAIL, zmqx.EAGAIN, E.DISCONNECTED)


@pytest.mark.parametrize("transport", NETWORK)
def test_a_peer_of_the_wrong_type_is_sent_away_with_a_reason(joiner: Joiner) -> None:
    pull, sub = joiner.socket(zmqx.PULL), joiner.socket(zmqx.SUB)
    endpoint = joiner.bind(pull)
    with pull.events(E.DISCONNECTED) as near, sub.events(E.DISCONNECTED) as far:
        sub.connect(endpoint)
        told = [near.recv(timeout=5000), far.recv(timeout=5000)]
    assert any("PULL" in event.reason or "SUB" in event.reason for event in told if event is not None)


def test_a_failed_bind_is_told(ctx: zmqx.Context) -> None:
    first, second = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PULL)
    endpoint = first.bind("tcp://127.0.0.1:*")
    with second.events(E.BIND_FAILED) as events:
        with pytest.raises(zmqx.ZMQError):
            second.bind(endpoint)
        told = events.recv(timeout=5000)
    assert (told.kind, told.value) == (E.BIND_FAILED, zmqx.EADDRINUSE)


def test_events_can_be_chosen_and_too_many_are_counted(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    with pull.events(E.LISTENING) as chosen, pull.events(limit=3) as few:
        for _ in range(4):
            pull.unbind(pull.bind("tcp://127.0.0.1:*"))
        assert [chosen.recv(timeout=0).kind for _ in range(4)] == [E.LISTENING] * 4
        with pytest.raises(zmqx.Again):
            chosen.recv(timeout=10)
        assert few.missed == 5
        assert [few.recv(timeout=0).kind for _ in range(3)] == [E.LISTENING, E.CLOSED, E.LISTENING]
        assert chosen.missed == 0
    assert list(few) == []


@pytest.mark.parametrize("transport", ["inproc"])
def test_inproc_has_no_events(joiner: Joiner) -> None:
    pull, push = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH)
    with pull.events() as near, push.events() as far:
        joiner.join(pull, push)
        for events in (near, far):
            with pytest.raises(zmqx.Again):
                events.recv(timeout=0)


def test_a_waiting_reader_gets_the_event(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    with pull.events() as events:
        waiting = Caller(events.recv).waits_for(pull)
        endpoint = pull.bind("tcp://127.0.0.1:*")
        event = waiting.result()
    assert (event.kind, event.endpoint) == (E.LISTENING, endpoint)
    assert "LISTENING" in repr(event)


def test_an_ipc_file_goes_with_its_socket(ctx: zmqx.Context, endpoint_of: Callable[[str], str]) -> None:
    for end in (lambda socket, endpoint: socket.unbind(endpoint), lambda socket, endpoint: socket.close()):
        pull = ctx.socket(zmqx.PULL)
        endpoint = pull.bind(endpoint_of("ipc"))
        path = endpoint.removeprefix("ipc://")
        assert os.path.exists(path)
        end(pull, endpoint)
        assert not os.path.exists(path)
