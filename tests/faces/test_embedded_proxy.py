"""Proxy: started, paused, stopped and started again, from whatever thread, and nothing is lost."""

from __future__ import annotations

import pytest

import zmqx
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
                line.sockets[0]._core.nudge()
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
