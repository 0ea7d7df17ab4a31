"""Any message, of any shape and size, arrives as it was sent, over every transport."""

from __future__ import annotations

import threading

import pytest

import zmqx

from .conftest import Joiner

SIZES = [0, 1, 254, 255, 256, 4095, 4096, 65535, 65536, 1 << 20]

SHAPES = [
    [b""],
    [b"one"],
    [b"", b""],
    [b"", b"body", b""],
    [b"head", b"", b"", b"x" * 300, b""],
    [b"%d" % number for number in range(100)],
]


@pytest.mark.parametrize("left_binds", [True, False], ids=["sender-binds", "receiver-binds"])
def test_single_frames_of_every_size(joiner: Joiner, left_binds: bool) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL, left_binds)
    bodies = [bytes([size % 251]) * size for size in SIZES]
    for body in bodies:
        push.send(body)
    assert [pull.recv(timeout=5000) for _ in bodies] == bodies


@pytest.mark.parametrize("parts", SHAPES, ids=lambda parts: f"{len(parts)}-frames")
def test_multipart_messages_keep_their_shape(joiner: Joiner, parts: list[bytes]) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send_multipart(parts)
    push.send(b"next")
    assert pull.recv_multipart(timeout=5000) == parts
    assert pull.recv_multipart(timeout=5000) == [b"next"]


def test_frame_by_frame_is_the_same_message(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send(b"a", zmqx.SNDMORE)
    push.send(b"", zmqx.SNDMORE)
    push.send_multipart([b"b", b"c"])
    assert pull.recv(timeout=5000) == b"a"
    assert pull.getsockopt(zmqx.RCVMORE) == 1
    assert pull.recv() == b""
    assert pull.recv_multipart() == [b"b", b"c"]
    assert pull.getsockopt(zmqx.RCVMORE) == 0


def test_nothing_of_a_message_arrives_before_its_last_frame(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send(b"first", zmqx.SNDMORE)
    assert pull.poll(20) == 0
    push.send(b"last")
    assert pull.recv_multipart(timeout=5000) == [b"first", b"last"]


def test_order_is_kept_through_bursts_larger_than_any_queue(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    count = 20_000

    def send_all() -> None:
        for number in range(count):
            push.send(b"%d" % number)

    sender = threading.Thread(target=send_all)
    sender.start()
    assert [int(pull.recv(timeout=10_000)) for _ in range(count)] == list(range(count))
    sender.join()


def test_big_and_small_messages_in_turn(joiner: Joiner) -> None:
    pair = joiner.pair(zmqx.PAIR, zmqx.PAIR)
    sizes = [0, 200_000, 3, 70_000, 1, 65536, 9, 300, 1_000_000, 2] * 5

    def send_all(socket: zmqx.Socket) -> None:
        for size in sizes:
            socket.send_multipart([b"%d" % size, b"z" * size])

    senders = [threading.Thread(target=send_all, args=(socket,)) for socket in pair]
    for sender in senders:
        sender.start()
    for socket in pair:
        for size in sizes:
            head, body = socket.recv_multipart(timeout=10_000)
            assert int(head) == len(body) == size
    for sender in senders:
        sender.join()


@pytest.mark.parametrize("size", [10, 100_000])
def test_lent_buffers_are_free_once_sent(joiner: Joiner, size: int) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    buffer = bytearray(b"x" * size)
    tracker = push.send(buffer, copy=False, track=True)
    assert tracker is not None
    received = pull.recv(timeout=5000)
    assert received == b"x" * size
    tracker.wait(5)
    assert tracker.done
    buffer[:] = b"y" * size
    assert received == b"x" * size


def test_copied_buffers_may_change_at_once(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    buffer = bytearray(b"before")
    push.send(buffer)
    push.send_multipart([memoryview(buffer), buffer])
    buffer[:] = b"after!"
    assert pull.recv(timeout=5000) == b"before"
    assert pull.recv_multipart(timeout=5000) == [b"before", b"before"]


def test_frames_know_their_place_and_their_sender(joiner: Joiner) -> None:
    dealer, router = joiner.socket(zmqx.DEALER, routing_id=b"me"), joiner.socket(zmqx.ROUTER)
    joiner.join(dealer, router, left_binds=False)
    dealer.send_multipart([b"a", b"b"])
    frames = router.recv_multipart(copy=False, timeout=5000)
    assert [frame.bytes for frame in frames] == [b"me", b"a", b"b"]
    assert [frame.more for frame in frames] == [True, True, False]
    if joiner.transport != "inproc":
        assert frames[1]["Socket-Type"] == "DEALER"
        assert frames[1]["Identity"] == "me"
    assert router.poll(0) == 0
    dealer.send(zmqx.Frame(b"as a frame"))
    assert router.recv_multipart(timeout=5000)[1] == b"as a frame"


def test_conversions(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send_string("gr\u00fc\u00df dich")
    assert pull.recv_string(timeout=5000) == "gr\u00fc\u00df dich"
    push.send_json({"a": [1, None, "x"]}, sort_keys=True)
    assert pull.recv_json() == {"a": [1, None, "x"]}
    push.send_pyobj({1, 2, (3, 4)})
    assert pull.recv_pyobj() == {1, 2, (3, 4)}
    push.send_serialized(12, lambda number: [b"%d" % digit for digit in (number // 10, number % 10)])
    assert pull.recv_serialized(lambda frames: int(b"".join(frames))) == 12


def test_iteration_ends_with_the_socket(joiner: Joiner) -> None:
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send(b"one")
    push.send_multipart([b"two", b"parts"])
    got = []
    for message in pull:
        got.append(message)
        if len(got) == 2:
            pull.close()
    assert got == [[b"one"], [b"two", b"parts"]]
