"""Proxy: started, paused, stopped and started again, from whatever thread, and nothing is lost."""

from __future__ import annotations

import threading

import pytest

import zmqx
import zmqx.asyncio
from zmqx.engine.relay import Relay

from ..scenarios.conftest import Joiner
from ..support.callers import Caller, until


class Line:
    """push -> proxy -> pull."""

    def __init__(self, joiner: Joiner, **options: int) -> None:
        self.sockets = [joiner.socket(zmqx.PULL, **options), joiner.socket(zmqx.PUSH, **options)]
        self.push, self.pull = joiner.socket(zmqx.PUSH), joiner.socket(zmqx.PULL)
        self.push.connect(joiner.bind(self.sockets[0]))
        self.pull.connect(joiner.bind(self.sockets[1]))


def test_it_passes_on_until_it_is_stopped(joiner: Joiner) -> None:
    line = Line(joiner)
    proxy = zmqx.Proxy(*line.sockets)
    assert not proxy.running
    with proxy:
        assert proxy.running
        line.push.send_multipart([b"abc", b"de"])
        assert line.pull.recv_multipart(timeout=5000) == [b"abc", b"de"]
        with pytest.raises(RuntimeError):
            proxy.start()
    assert not proxy.running
    assert (proxy.forward.messages, proxy.forward.frames, proxy.forward.bytes) == (1, 2, 5)
    assert proxy.backward.messages == 0
    assert proxy.error is None
    line.push.send(b"late")
    assert line.sockets[0].recv(timeout=5000) == b"late"
    assert proxy.stop()


def test_a_pause_holds_everything_back(joiner: Joiner) -> None:
    line = Line(joiner)
    with zmqx.Proxy(*line.sockets) as proxy:
        proxy.pause()
        assert proxy.paused
        for number in range(10):
            line.push.send(b"%d" % number)
        assert line.sockets[0].poll(5000)
        assert not line.pull.poll(20)
        proxy.resume()
        assert [line.pull.recv(timeout=5000) for _ in range(10)] == [b"%d" % number for number in range(10)]


def test_nothing_is_lost_by_stopping(joiner: Joiner) -> None:
    line = Line(joiner, sndhwm=20, rcvhwm=20)
    proxy = zmqx.Proxy(*line.sockets)
    count = 5000

    def send_all() -> None:
        for number in range(count):
            line.push.send(b"%d" % number)

    def receive_all() -> list[int]:
        return [int(line.pull.recv(timeout=10_000)) for _ in range(count)]

    sending, receiving = Caller(send_all), Caller(receive_all)
    while not receiving.done:
        proxy.start()
        passed = proxy.forward.messages
        until(lambda passed=passed: receiving.done or proxy.forward.messages > passed + 50)
        assert proxy.stop(5000)
    sending.result()
    assert receiving.result() == list(range(count))
    assert proxy.forward.messages == count


def test_a_faster_rival_takes_nothing_from_the_proxy(joiner: Joiner) -> None:
    """The program sends on the back socket as well, and fills it between the look and the send."""
    line = Line(joiner)
    back = line.sockets[1]
    refused = 0
    try_send = back._core.try_send

    def reluctant(message: object) -> bool:
        nonlocal refused
        if refused < 3:
            refused += 1
            return False
        return try_send(message)  # type: ignore[arg-type]  # a message

    back._core.try_send = reluctant
    with zmqx.Proxy(*line.sockets) as proxy:
        for number in range(5):
            line.push.send(b"%d" % number)
        got = []
        while len(got) < 5:
            if not line.pull.poll(20):
                back._core.nudge()
                continue
            got.append(line.pull.recv())
        assert got == [b"%d" % number for number in range(5)]
        assert proxy.forward.messages == 5
    assert refused == 3


def test_the_thread_tells_why_it_ended(joiner: Joiner) -> None:
    line = Line(joiner)
    proxy = zmqx.Proxy(*line.sockets)
    proxy.start()
    line.sockets[1].close()
    assert proxy.join(5000)
    assert isinstance(proxy.error, zmqx.ZMQError)
    assert proxy.error.errno == zmqx.ENOTSOCK


def test_run_can_be_stopped_from_another_thread(joiner: Joiner) -> None:
    line = Line(joiner)
    proxy = zmqx.Proxy(*line.sockets)
    for _ in range(3):
        running = Caller(proxy.run).waits_for(*line.sockets)
        proxy.stop()
        running.result()


def test_commands_of_a_control_that_only_listens(joiner: Joiner) -> None:
    line = Line(joiner)
    control, driver = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH)
    joiner.join(control, driver)
    running = Caller(zmqx.proxy_steerable, *line.sockets, None, control)
    for command in (b"STATISTICS", b"nonsense", b"TERMINATE"):
        driver.send(command)
    assert running.result() == 0


def test_a_router_answers_whoever_asked(joiner: Joiner) -> None:
    line = Line(joiner)
    control, driver = joiner.socket(zmqx.ROUTER), joiner.socket(zmqx.DEALER)
    joiner.join(control, driver)
    running = Caller(zmqx.proxy_steerable, *line.sockets, None, control)
    driver.send(b"STATISTICS")
    assert driver.recv_multipart(timeout=5000) == [bytes(8)] * 8
    driver.send(b"TERMINATE")
    assert running.result() == 0


def test_a_control_without_room_waits_with_its_next_command(joiner: Joiner) -> None:
    line = Line(joiner)
    control, driver = joiner.socket(zmqx.PAIR, sndhwm=1), joiner.socket(zmqx.PAIR, rcvhwm=1)
    control.bind("inproc://full")
    driver.connect("inproc://full")
    for _ in range(6):
        driver.send(b"STATISTICS", timeout=5000)
    running = Caller(zmqx.proxy_steerable, *line.sockets, None, control)
    for _ in range(6):
        assert len(driver.recv_multipart(timeout=5000)) == 8
    driver.send(b"TERMINATE")
    assert driver.recv(timeout=5000) == b""
    running.result()


def test_the_old_name(joiner: Joiner) -> None:
    line = Line(joiner)
    running = Caller(zmqx.device, zmqx.STREAMER, *line.sockets)
    line.push.send(b"x")
    assert line.pull.recv(timeout=5000) == b"x"
    line.sockets[0].close()
    with pytest.raises(zmqx.ZMQError):
        running.result()


def test_a_capture_that_cannot_send_is_refused(joiner: Joiner) -> None:
    with pytest.raises(zmqx.ZMQError) as caught:
        zmqx.Proxy(*Line(joiner).sockets, joiner.socket(zmqx.PULL))
    assert caught.value.errno == zmqx.ENOTSUP


def test_a_relay_holds_nothing_without_room(joiner: Joiner) -> None:
    front, back = joiner.socket(zmqx.PULL), joiner.socket(zmqx.PUSH)
    push = joiner.socket(zmqx.PUSH)
    joiner.join(front, push)
    relay = Relay(front._core, back._core)
    push.send(b"x")
    assert front.poll(5000)
    assert relay.step() is None
    assert front.recv(timeout=0) == b"x"
    relay.end()
    assert relay.step() is False


@pytest.mark.parametrize("held", ["paused", "nobody at the capture"])
def test_the_end_of_a_socket_shows_while_nothing_passes(joiner: Joiner, held: str) -> None:
    line = Line(joiner)
    capture = joiner.socket(zmqx.PUSH) if held != "paused" else None
    proxy = zmqx.Proxy(*line.sockets, capture)
    if held == "paused":
        proxy.pause()
    proxy.start()
    line.push.send(b"x")
    assert line.sockets[0].poll(5000)
    line.sockets[1].close()
    assert proxy.join(5000)
    assert isinstance(proxy.error, zmqx.ZMQError)
    assert line.sockets[0].recv(timeout=0) == b"x"


def test_a_target_that_chooses_by_message_is_not_asked_again_and_again(joiner: Joiner) -> None:
    """An XPUB that blocks says that it has room, and then a subscriber has none for this message."""
    front, back = joiner.socket(zmqx.XSUB), joiner.socket(zmqx.XPUB, xpub_nodrop=1, sndhwm=1)
    pub, sub = joiner.socket(zmqx.PUB, sndhwm=0), joiner.socket(zmqx.SUB, rcvhwm=1)
    pub.connect(joiner.bind(front))
    sub.subscribe(b"")
    sub.connect(joiner.bind(back))
    proxy = zmqx.Proxy(front, back)
    step, steps = proxy._relay.step, 0

    def counted() -> bool | None:
        nonlocal steps
        steps += 1
        return step()

    proxy._relay.step = counted  # type: ignore[method-assign]
    with proxy:
        pub.wait_for_subscribers(timeout=5000)
        for number in range(300):
            pub.send(b"%d" % number + bytes(100_000))
        until(lambda: proxy._relay._refused)
        settled = until(lambda: [steps] if not Caller(threading.Event().wait, 0.05).lasts(1) else None)
        assert not Caller(threading.Event().wait, 0.05).lasts(1)
        assert steps - settled[0] < 5, "it spins"
        got = [sub.recv(timeout=10_000) for _ in range(300)]
    assert [int(message.rstrip(b"\0")) for message in got] == list(range(300))


@pytest.mark.parametrize("place", ["frontend", "backend", "capture", "control"])
@pytest.mark.parametrize("other", ["None", "asyncio", "object"])
def test_only_sockets_of_its_own_face(joiner: Joiner, place: str, other: str) -> None:
    with zmqx.asyncio.Context() as ctx:
        wrong = {"None": None, "asyncio": ctx.socket(zmqx.PAIR), "object": object()}[other]
        sockets = {name: joiner.socket(zmqx.PAIR) for name in ("frontend", "backend", "capture", "control")}
        if wrong is None and place in ("capture", "control"):
            zmqx.Proxy(**{**sockets, place: wrong})
            return
        with pytest.raises(TypeError, match=place):
            zmqx.Proxy(**{**sockets, place: wrong})
