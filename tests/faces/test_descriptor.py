"""FD: readable as long as a message waits, whatever way messages go, and whoever does the I/O."""

from __future__ import annotations

import asyncio
import os
import select
import threading
from typing import Any

import pytest

import zmqx
import zmqx.asyncio

from ..scenarios.conftest import Joiner
from ..support.callers import Caller, until
from ..support.descriptor import lit

IN_TIME = 10.0


def dark(socket: Any) -> bool:
    """Whether it stops being readable. What lit it may be on its way still."""
    return bool(until(lambda: not lit(socket)))


def test_it_is_lit_as_long_as_a_message_waits(joiner: Joiner) -> None:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    assert pull.fileno() == pull.FD == pull.getsockopt(zmqx.FD) == pull.fd
    assert not lit(pull)
    for number in range(3):
        push.send(b"%d" % number)
    for number in range(3):
        assert lit(pull, IN_TIME)
        assert lit(pull)
        assert pull.recv(timeout=5000) == b"%d" % number
    assert not lit(pull)


def test_messages_that_wait_already_light_it(joiner: Joiner) -> None:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    push.send(b"x")
    assert pull.poll(5000)
    assert lit(pull)
    assert pull.recv() == b"x"
    assert not lit(pull)


@pytest.mark.parametrize("way", ["recv", "recv_multipart", "recv_many", "iter", "frame"])
def test_every_way_of_receiving_dims_it(joiner: Joiner, way: str) -> None:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    calls = {
        "recv": lambda: pull.recv(timeout=5000),
        "recv_multipart": lambda: pull.recv_multipart(timeout=5000),
        "recv_many": lambda: pull.recv_many(1, timeout=5000),
        "iter": lambda: next(iter(pull)),
        "frame": lambda: pull.recv(copy=False, timeout=5000),
    }
    for _ in range(3):  # a lane would be open by the second time
        push.send(b"x")
        assert lit(pull, IN_TIME)
        calls[way]()
        assert not lit(pull)


@pytest.mark.parametrize(
    ("near", "far"),
    [(zmqx.DEALER, zmqx.DEALER), (zmqx.SUB, zmqx.XPUB), (zmqx.PAIR, zmqx.PAIR), (zmqx.XSUB, zmqx.XPUB)],
    ids=lambda kind: kind.name,
)
def test_every_type_that_receives(joiner: Joiner, near: int, far: int) -> None:
    receiver, sender = joiner.socket(near), joiner.socket(far)
    assert not lit(receiver)
    joiner.join(sender, receiver)
    if near == zmqx.SUB:
        receiver.subscribe(b"")  # opens the lane, if it may
        assert sender.recv(timeout=5000) == b"\x01"
    if near == zmqx.XSUB:
        receiver.send(b"\x01")
        assert sender.recv(timeout=5000) == b"\x01"
    for number in range(5):
        receiver.getsockopt(zmqx.EVENTS)
        sender.send(b"%d" % number)
        assert lit(receiver, IN_TIME)
        assert receiver.recv(timeout=0) == b"%d" % number
        receiver.getsockopt(zmqx.EVENTS)
        assert not lit(receiver)


def test_a_reply_lets_the_next_request_be_seen(joiner: Joiner) -> None:
    rep = joiner.socket(zmqx.REP)
    clients = [joiner.socket(zmqx.REQ) for _ in range(2)]
    endpoint = joiner.bind(rep)
    rep.fileno()
    for client in clients:
        client.connect(endpoint)
        client.send(b"x")
    rep.wait_connected(2, timeout=5000)
    for _ in clients:
        assert lit(rep, IN_TIME)
        until(lambda: rep.getsockopt(zmqx.EVENTS) & zmqx.POLLIN)
        assert rep.recv(timeout=0) == b"x"
        assert not lit(rep)
        rep.send(b"y")
    for client in clients:
        assert client.recv(timeout=5000) == b"y"
    rep.getsockopt(zmqx.EVENTS)
    assert dark(rep)


def test_room_for_messages_shows_once(joiner: Joiner) -> None:
    push, pull = joiner.socket(zmqx.PUSH, sndhwm=1), joiner.socket(zmqx.PULL, rcvhwm=1)
    endpoint = joiner.bind(push)
    assert not lit(push)
    with pytest.raises(zmqx.Again):
        push.send(b"x", zmqx.DONTWAIT)
    assert not lit(push)
    pull.connect(endpoint)
    assert lit(push, IN_TIME)
    assert lit(push)
    assert push.getsockopt(zmqx.EVENTS) == zmqx.POLLOUT
    assert not lit(push)


def test_who_only_receives_does_not_spin_because_it_could_send(joiner: Joiner) -> None:
    near, far = joiner.socket(zmqx.PAIR), joiner.socket(zmqx.PAIR)
    endpoint = joiner.bind(near)
    assert not lit(near)
    far.connect(endpoint)
    assert lit(near, IN_TIME)
    with pytest.raises(zmqx.Again):
        near.recv(zmqx.DONTWAIT)
    assert not lit(near)


def test_a_message_that_is_received_in_part_keeps_it_lit(joiner: Joiner) -> None:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    assert not lit(pull)
    for rest in ("one by one", "together"):
        push.send_multipart([b"a", b"b", b"c"])
        assert lit(pull, IN_TIME)
        assert pull.recv(timeout=5000) == b"a"
        assert lit(pull)
        if rest == "together":
            assert pull.recv_multipart() == [b"b", b"c"]
        else:
            assert pull.recv() == b"b"
            assert lit(pull)
            assert pull.recv() == b"c"
        assert not lit(pull)


def test_the_end_of_the_context_lights_it_for_good(joiner: Joiner) -> None:
    pull = joiner.socket(zmqx.PULL)
    joiner.bind(pull)
    fd = pull.fileno()
    assert not lit(pull)
    joiner.ctx.shutdown()
    assert select.select([fd], [], [], IN_TIME)[0]
    with pytest.raises(zmqx.ContextTerminated):
        pull.getsockopt(zmqx.EVENTS)
    assert select.select([fd], [], [], 0)[0]


def test_it_is_closed_with_the_socket(joiner: Joiner) -> None:
    pull = joiner.socket(zmqx.PULL)
    fd = pull.fileno()
    assert os.get_inheritable(fd) is False
    pull.close()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(fd)
    with pytest.raises(zmqx.ZMQError):
        pull.fileno()


def test_it_is_not_made_for_those_who_do_not_ask(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    pull.poll(0)
    pull.getsockopt(zmqx.EVENTS)
    if before:
        assert len(os.listdir("/proc/self/fd")) == before
    assert pull._core._beacon is None


@pytest.mark.parametrize("kind", [zmqx.CLIENT, zmqx.SERVER, zmqx.RADIO, zmqx.DISH, zmqx.GATHER, zmqx.SCATTER])
def test_types_without_multipart_messages_have_none(ctx: zmqx.Context, kind: int) -> None:
    with pytest.raises(zmqx.ZMQError) as caught:
        ctx.socket(kind).fileno()
    assert caught.value.errno == zmqx.EINVAL


def test_a_loop_of_its_own_serves_requests(joiner: Joiner) -> None:
    """The background thread does the I/O while the program sleeps in its own select."""
    rep = joiner.socket(zmqx.REP)
    endpoint = joiner.bind(rep)
    fd = rep.fileno()

    def serve() -> int:
        served = 0
        while served < 200:
            assert select.select([fd], [], [], IN_TIME)[0], "a wake-up was missed"
            while rep.getsockopt(zmqx.EVENTS) & zmqx.POLLIN:
                rep.send(rep.recv(zmqx.DONTWAIT))
                served += 1
        return served

    serving = Caller(serve)
    clients = [joiner.socket(zmqx.REQ) for _ in range(2)]

    def ask(client: zmqx.Socket) -> None:
        for number in range(100):
            client.send(b"%d" % number)
            assert client.recv(timeout=10_000) == b"%d" % number

    for client in clients:
        client.connect(endpoint)
    asking = [Caller(ask, client) for client in clients]
    for caller in asking:
        caller.result()
    assert serving.result() == 200


def test_no_wake_up_is_missed_in_a_storm(joiner: Joiner) -> None:
    """Several threads send, one watches the descriptor and takes whatever it likes."""
    pull = joiner.socket(zmqx.PULL)
    endpoint = joiner.bind(pull)
    fd = pull.fileno()
    senders = [joiner.socket(zmqx.PUSH) for _ in range(3)]
    each = 2000

    def send_all(push: zmqx.Socket) -> None:
        push.connect(endpoint)
        for number in range(each):
            push.send(b"%d" % number)

    sending = [Caller(send_all, push) for push in senders]
    got = 0
    while got < each * len(senders):
        assert select.select([fd], [], [], IN_TIME)[0], f"a wake-up was missed after {got}"
        try:
            for _ in range(1 + got % 7):
                pull.recv(zmqx.DONTWAIT)
                got += 1
        except zmqx.Again:
            pass
    for caller in sending:
        caller.result()
    assert dark(pull)


def test_asyncio_watches_it_as_pyzmq_does(joiner: Joiner) -> None:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    got: list[bytes] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def readable() -> None:
            while pull.getsockopt(zmqx.EVENTS) & zmqx.POLLIN:
                got.append(pull.recv(zmqx.DONTWAIT))
            if len(got) == 100:
                done.set()

        loop.add_reader(pull.fileno(), readable)
        sending = loop.run_in_executor(None, lambda: [push.send(b"%d" % number) for number in range(100)])
        await asyncio.wait_for(done.wait(), IN_TIME)
        await sending
        loop.remove_reader(pull.fileno())

    asyncio.run(main())
    assert got == [b"%d" % number for number in range(100)]


def test_a_socket_of_an_event_loop_has_one_too(joiner: Joiner) -> None:
    """While the loop is blocked, the background thread does the I/O."""

    async def main() -> None:
        with zmqx.asyncio.Context() as ctx:
            pull = ctx.socket(zmqx.PULL)
            push = joiner.socket(zmqx.PUSH)
            push.connect(pull.bind("tcp://127.0.0.1:*"))
            assert not lit(pull)
            push.send(b"x")
            assert lit(pull, IN_TIME)
            assert await pull.recv(timeout=5000) == b"x"
            assert not lit(pull)

    asyncio.run(main())


def test_a_thread_that_waits_and_one_that_watches(joiner: Joiner) -> None:
    """Whoever waits in a call takes the driver's seat, and gives it back."""
    watched, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    other, peer = joiner.pair(zmqx.PULL, zmqx.PUSH)
    fd = watched.fileno()
    stop = threading.Event()

    def receive() -> int:
        count = 0
        while not stop.is_set():
            count += bool(other.poll(5))
        return count

    receiving = Caller(receive)
    for number in range(50):
        push.send(b"%d" % number)
        assert select.select([fd], [], [], IN_TIME)[0]
        assert watched.recv(zmqx.DONTWAIT) == b"%d" % number
    stop.set()
    peer.send(b"x")
    receiving.result()


def test_who_only_asks_does_not_disturb_the_background(joiner: Joiner) -> None:
    """Or nobody would do the I/O for a moment, each time."""
    pull = joiner.socket(zmqx.PULL)
    joiner.bind(pull)
    reactor = joiner.ctx.core.reactor()
    pull.fileno()
    until(lambda: reactor._background_drives)
    for _ in range(50):
        pull.getsockopt(zmqx.EVENTS)
        with pytest.raises(zmqx.Again):
            pull.recv(zmqx.DONTWAIT)
        assert reactor._background_drives
        assert not reactor._relief.ready


def test_threads_that_empty_it_past_the_lock_cost_a_look_at_most(joiner: Joiner) -> None:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    pull.fileno()
    count = 3000

    def receive() -> int:
        got = 0
        while pull.poll(300):
            try:
                while True:
                    pull.recv(zmqx.DONTWAIT)
                    got += 1
            except zmqx.Again:
                pass
        return got

    receiving = [Caller(receive) for _ in range(3)]
    for number in range(count):
        push.send(b"%d" % number)
    assert sum(caller.result() for caller in receiving) == count
    with pytest.raises(zmqx.Again):
        pull.recv(zmqx.DONTWAIT)
    assert not lit(pull)
    push.send(b"x")
    assert lit(pull, IN_TIME)


def test_a_message_that_was_given_back_lights_it(joiner: Joiner) -> None:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    assert not lit(pull)
    pull._core.give_back(b"again", 1)
    assert lit(pull)
    assert pull.recv(timeout=0) == b"again"
    assert not lit(pull)
    push.send(b"x")
    assert lit(pull, IN_TIME)
    assert pull.recv(timeout=0) == b"x"
    assert not lit(pull)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_leaves_it_alone(joiner: Joiner) -> None:
    pull, push = joiner.pair(zmqx.PULL, zmqx.PUSH)
    fd = pull.fileno()
    pid = os.fork()
    if pid == 0:  # nothing of pytest may run here
        verdict = 1
        try:
            pull.fileno()
        except zmqx.ZMQError as error:
            try:
                os.fstat(fd)
            except OSError:
                verdict = 0 if error.errno == zmqx.ENOTSOCK else 2
        finally:
            os._exit(verdict)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert not lit(pull)
    push.send(b"x")
    assert lit(pull, IN_TIME)
    assert pull.recv(timeout=0) == b"x"
    assert not lit(pull)
