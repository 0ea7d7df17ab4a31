"""Any thread may use any socket: nothing is lost, doubled or mixed, and a signal interrupts a wait."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

import zmqx

from ..scenarios.conftest import Joiner
from ..support.callers import Caller, strike, until

THREADS = 8
EACH = 300


def whole(message: list[bytes]) -> bytes:
    """The name of a message, if all its frames are its own."""
    assert len(set(message)) == 1, f"frames of several messages: {message}"
    return message[0]


def by_list(socket: zmqx.Socket, name: bytes) -> None:
    socket.send_multipart([name] * 3)


def by_frame(socket: zmqx.Socket, name: bytes) -> None:
    socket.send(name, zmqx.SNDMORE)
    socket.send(name, zmqx.SNDMORE)
    socket.send(name)


def at_once(socket: zmqx.Socket, name: bytes) -> None:
    socket.send(name)


def take_list(socket: zmqx.Socket) -> list[bytes]:
    return socket.recv_multipart(timeout=20_000)


def take_frames(socket: zmqx.Socket) -> list[bytes]:
    frames = [socket.recv(timeout=20_000)]
    while socket.rcvmore:
        frames.append(socket.recv(zmqx.DONTWAIT))
    return frames


@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"])
@pytest.mark.parametrize("left_binds", [True, False], ids=["sender-binds", "receiver-binds"])
@pytest.mark.parametrize("take", [take_list, take_frames])
@pytest.mark.parametrize("give", [at_once, by_list, by_frame])
def test_a_storm_of_threads_on_two_sockets(
    joiner: Joiner,
    give: Callable[[zmqx.Socket, bytes], None],
    take: Callable[[zmqx.Socket], list[bytes]],
    left_binds: bool,
) -> None:
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=50), joiner.socket(zmqx.PULL, rcvhwm=50)
    joiner.join(push, pull, left_binds)

    def send_all(thread: int) -> None:
        for number in range(EACH):
            give(push, b"%d:%d" % (thread, number))

    def take_share() -> list[bytes]:
        return [whole(take(pull)) for _ in range(EACH)]

    receivers = [Caller(take_share) for _ in range(THREADS)]
    senders = [Caller(send_all, thread) for thread in range(THREADS)]
    for sender in senders:
        sender.result()
    got = [receiver.result() for receiver in receivers]
    assert Counter(name for share in got for name in share) == Counter(
        b"%d:%d" % (thread, number) for thread in range(THREADS) for number in range(EACH)
    )
    for share in got:
        for thread in range(THREADS):
            numbers = [int(name.split(b":")[1]) for name in share if name.startswith(b"%d:" % thread)]
            assert numbers == sorted(numbers)


def test_both_ways_at_once(joiner: Joiner) -> None:
    sockets = joiner.pair(zmqx.DEALER, zmqx.DEALER)

    def send_all(socket: zmqx.Socket, thread: int) -> None:
        for number in range(EACH):
            by_list(socket, b"%d:%d" % (thread, number))

    def take_share(socket: zmqx.Socket) -> list[bytes]:
        return [whole(take_list(socket)) for _ in range(EACH)]

    senders = [Caller(send_all, socket, thread) for socket in sockets for thread in range(4)]
    receivers = [[Caller(take_share, socket) for _ in range(4)] for socket in sockets]
    for sender in senders:
        sender.result()
    for side in receivers:
        names = Counter(name for receiver in side for name in receiver.result())
        assert names == Counter(b"%d:%d" % (thread, number) for thread in range(4) for number in range(EACH))


def test_publishing_from_many_threads(joiner: Joiner) -> None:
    pub, subs = (
        joiner.socket(zmqx.XPUB, xpub_verbose=1, sndhwm=0),
        [joiner.socket(zmqx.SUB, rcvhwm=0) for _ in range(3)],
    )
    endpoint = joiner.bind(pub)
    for sub in subs:
        sub.subscribe(b"")
        sub.connect(endpoint)
        assert pub.recv(timeout=5000) == b"\x01"

    def publish(thread: int) -> None:
        for number in range(EACH):
            (by_list, by_frame, at_once)[number % 3](pub, b"%d:%d" % (thread, number))

    def read() -> list[list[bytes]]:
        return [whole(take_list(sub)) for _ in range(EACH * 4) for sub in subs]

    reading = Caller(read)
    for caller in [Caller(publish, thread) for thread in range(4)]:
        caller.result()
    names = Counter(reading.result())
    assert names == Counter({b"%d:%d" % (thread, number): 3 for thread in range(4) for number in range(EACH)})


def test_many_clients_in_threads_of_their_own(joiner: Joiner) -> None:
    router = joiner.socket(zmqx.ROUTER)
    endpoint = joiner.bind(router)

    def serve() -> None:
        for _ in range(THREADS * 100):
            router.send_multipart(router.recv_multipart(timeout=20_000))

    def ask(client: int) -> None:
        with joiner.socket(zmqx.REQ) as req:
            req.connect(endpoint)
            for number in range(100):
                req.send(b"%d:%d" % (client, number))
                assert req.recv(timeout=20_000) == b"%d:%d" % (client, number)

    callers = [Caller(serve), *(Caller(ask, client) for client in range(THREADS))]
    for caller in callers:
        caller.result()


def test_connections_may_come_and_go_while_others_send(joiner: Joiner) -> None:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    endpoint = pull.last_endpoint.decode()

    def visit(visitor: int) -> None:
        for number in range(20):
            with joiner.socket(zmqx.PUSH) as guest:
                guest.connect(endpoint)
                guest.send(b"guest:%d:%d" % (visitor, number))

    def send_all() -> None:
        for number in range(1000):
            push.send(b"host:0:%d" % number)

    callers = [Caller(send_all), *(Caller(visit, visitor) for visitor in range(4))]
    got = Counter(pull.recv(timeout=20_000) for _ in range(1080))
    for caller in callers:
        caller.result()
    assert max(got.values()) == 1
    assert len(got) == 1080


def test_closing_in_the_middle_of_a_storm_ends_it(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, linger=0), joiner.socket(zmqx.PULL)
    joiner.join(push, pull)

    def for_ever(call: Callable[[], object]) -> None:
        while True:
            call()

    callers = [Caller(for_ever, lambda: push.send(b"x")) for _ in range(4)]
    callers += [Caller(for_ever, lambda: by_list(push, b"y")) for _ in range(4)]
    receivers = [Caller(for_ever, pull.recv_multipart) for _ in range(4)]
    seen = pull.recv_multipart(timeout=20_000)
    assert seen[0] in (b"x", b"y")
    push.close()
    for caller in callers:
        with pytest.raises(zmqx.ZMQError) as caught:
            caller.result()
        assert caught.value.errno == zmqx.ENOTSOCK
    pull.close()
    for caller in receivers:
        with pytest.raises(zmqx.ZMQError) as caught:
            caller.result()
        assert caught.value.errno == zmqx.ENOTSOCK


# -- signals


@pytest.fixture
def interrupt() -> Iterator[Callable[[zmqx.Socket], Caller]]:
    """Raises KeyboardInterrupt in the main thread, once, as soon as it waits for the socket."""
    due = threading.Event()

    def meet(number: int, frame: object) -> None:
        if due.is_set():
            due.clear()
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, meet)
    main = threading.main_thread().ident
    assert main is not None

    def arm(socket: zmqx.Socket) -> Caller:
        def wait_and_strike() -> None:
            until(lambda: socket._core.waiters)
            due.set()
            strike(main, lambda: not due.is_set())

        return Caller(wait_and_strike)

    yield arm
    signal.signal(signal.SIGUSR1, before)


def test_an_interrupt_ends_a_receive_and_nothing_else(
    joiner: Joiner, interrupt: Callable[[zmqx.Socket], Caller]
) -> None:
    left, right = joiner.pair(zmqx.PAIR, zmqx.PAIR)
    for call in (left.recv, left.recv_multipart, left.poll, lambda: left.recv(timeout=60_000), lambda: list(left)):
        armed = interrupt(left)
        with pytest.raises(KeyboardInterrupt):
            call()
        armed.result()
        assert left._core.waiters == []
        right.send(b"ping")
        assert left.recv(timeout=5000) == b"ping"
        left.send_multipart([b"po", b"ng"])
        assert right.recv_multipart(timeout=5000) == [b"po", b"ng"]


def test_an_interrupt_ends_a_send_and_nothing_else(joiner: Joiner, interrupt: Callable[[zmqx.Socket], Caller]) -> None:
    push, pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
    for call in (lambda: push.send(b"x"), lambda: push.wait_connected(), lambda: push.send(b"x", zmqx.SNDMORE)):
        armed = interrupt(push)
        with pytest.raises(KeyboardInterrupt):
            call()
        armed.result()
    joiner.join(push, pull)
    push.send(b"only this")
    assert pull.recv_multipart(timeout=5000) == [b"only this"]
    assert pull.poll(0) == 0


def test_an_interrupt_ends_a_poller_and_a_proxy(joiner: Joiner, interrupt: Callable[[zmqx.Socket], Caller]) -> None:
    left, right = joiner.pair(zmqx.PAIR, zmqx.PAIR)
    poller = zmqx.Poller()
    poller.register(left, zmqx.POLLIN)
    for call in (poller.poll, lambda: zmqx.proxy(left, left), lambda: zmqx.select([left], [], [])):
        armed = interrupt(left)
        with pytest.raises(KeyboardInterrupt):
            call()
        armed.result()
        assert left._core.waiters == []
    right.send(b"x")
    assert poller.poll(5000) == [(left, zmqx.POLLIN)]
    assert left.recv() == b"x"


def test_an_interrupt_ends_term(ctx: zmqx.Context) -> None:
    socket = ctx.socket(zmqx.PULL)
    socket.bind("tcp://127.0.0.1:*")
    main = threading.main_thread().ident
    assert main is not None

    def strike(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    def wait_and_strike() -> None:
        until(lambda: ctx.core._waiters)
        signal.pthread_kill(main, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, strike)
    try:
        armed = Caller(wait_and_strike)
        with pytest.raises(KeyboardInterrupt):
            ctx.term()
        armed.result()
    finally:
        signal.signal(signal.SIGUSR1, before)
    socket.close()
    ctx.term(timeout=10_000)


def test_a_receive_survives_a_signal_that_raises_nothing(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    struck = threading.Event()
    main = threading.main_thread().ident
    assert main is not None

    def wait_and_strike() -> None:
        until(lambda: pull._core.waiters)
        strike(main, struck.is_set)
        push.send(b"x")

    before = signal.signal(signal.SIGUSR1, lambda number, frame: struck.set())
    try:
        armed = Caller(wait_and_strike)
        assert pull.recv(timeout=20_000) == b"x"
        armed.result()
    finally:
        signal.signal(signal.SIGUSR1, before)
