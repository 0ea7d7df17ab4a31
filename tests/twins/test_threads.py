"""The two halves of a queue and of a lane, with several threads at each end.

With the interpreter lock each of their calls is one anyway; without it this is what the locks of the objects are for.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

from zmqx.pipes import ends
from zmqx.plain import PlainMessages
from zmqx.routing.parts import prefixes

from .conftest import compiled, queue_type

THREADS = 3
COUNT = 6000


def together(*calls: Callable[[], object]) -> None:
    """Make these calls in a thread each, at once; raises what one of them raised."""
    begin = Barrier(len(calls))
    errors: list[BaseException] = []

    def run(call: Callable[[], object]) -> None:
        begin.wait(10)
        try:
            call()
        except BaseException as error:  # noqa: BLE001  # raised below
            errors.append(error)

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
        assert not thread.is_alive()
    for error in errors:
        raise error


def fresh(number: int) -> bytes:
    """A message of its own: what is freed too early is somebody else's soon."""
    return b"%d %d" % (number, number * 7)


def test_what_several_append_and_several_take_is_taken_once(half: str) -> None:
    queue: Any = queue_type(half)()
    taken: list[list[bytes]] = [[] for _ in range(THREADS)]

    def appends(first: int) -> Callable[[], None]:
        def append() -> None:
            for number in range(first, first + COUNT, 4):
                queue.append(fresh(number))
                queue.extend([fresh(number + 1), fresh(number + 2)])
                queue.appendleft(fresh(number + 3))

        return append

    def takes(into: list[bytes]) -> Callable[[], None]:
        def take() -> None:
            left = 100 * COUNT
            while sum(map(len, taken)) < THREADS * COUNT and left:
                left -= 1
                try:
                    into.append(queue.popleft())
                except IndexError:
                    into.extend(queue.drain(7))
                if left % 200 == 0:
                    assert all(type(item) is bytes for item in queue)

        return take

    together(*[appends(number * COUNT) for number in range(THREADS)], *[takes(into) for into in taken])
    taken.append(queue.drain(THREADS * COUNT))
    assert sorted([item for into in taken for item in into]) == sorted(map(fresh, range(THREADS * COUNT)))


def test_a_lane_that_turns_loses_nothing(half: str) -> None:
    """Several send while the lane is led to one pipe after another; what comes too late wakes, and is in the outbox."""
    module: Any = ends if half == "python" else compiled("ends")
    base: Any = PlainMessages if half == "python" else module.MessageFace
    slowly: list[bytes] = []

    class Face(base):  # type: ignore[misc]
        def _wake(self, pipe: Any) -> None:
            return None

        def _send(self, data: bytes, *args: Any) -> None:
            slowly.append(data)

    faces: list[Any] = [Face() for _ in range(THREADS)]
    lane = module.LaneEnd()
    lane.only = None
    outboxes: list[Any] = []
    for face in faces:
        face._out = lane

    def turns() -> None:
        for _ in range(COUNT // 4):
            pipe = module.PipeEnds()
            pipe.outbox = queue_type(half)()
            outboxes.append(pipe.outbox)
            pipe.easy = 5
            pipe.pending = False
            lane.only = pipe
            lane.only = None

    def sends(first: int) -> Callable[[], None]:
        send = faces[first].send

        def run() -> None:
            for number in range(first * COUNT, first * COUNT + COUNT):
                send(fresh(number))

        return run

    together(turns, *[sends(number) for number in range(THREADS)])
    sent = slowly + [item for outbox in outboxes for item in outbox]
    assert sorted(sent) == sorted(map(fresh, range(THREADS * COUNT)))


@pytest.mark.parametrize("count", [1, 50])
def test_what_several_receive_along_a_lane_comes_once(half: str, count: int) -> None:
    module: Any = ends if half == "python" else compiled("ends")
    base: Any = PlainMessages if half == "python" else module.MessageFace
    face: Any = type("Face", (base,), {"_recv": lambda self, *args: b""})()
    face._in = module.LaneEnd()
    face._in.only = pipe = module.PipeEnds()
    pipe.inbox, pipe.attention = queue_type(half)(), 0
    received: list[list[bytes]] = [[] for _ in range(THREADS)]

    def feed() -> None:
        for number in range(0, THREADS * COUNT, count):
            pipe.inbox.extend([fresh(at) for at in range(number, number + count)])

    def receives(into: list[bytes]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(2 * THREADS * COUNT):
                if message := face.recv():
                    into.append(message)

        return run

    together(feed, *[receives(into) for into in received])
    received.append(pipe.inbox.drain(THREADS * COUNT))
    assert sorted([item for into in received for item in into]) == sorted(map(fresh, range(THREADS * COUNT)))


def test_a_tree_in_many_hands_stays_a_tree() -> None:
    """All of its users hold a guard; but whoever does not must not end the process."""
    tree = compiled("prefixes").PrefixTree()

    def uses(first: int) -> Callable[[], None]:
        def use() -> None:
            for number in range(COUNT):
                topic = b"%d" % (number % 97 * 8 + first)
                tree.set(topic, topic)
                assert all(topic.startswith(name) for name in tree.matches(topic))
                assert tree.longest(topic + b"!") == topic
                tree.remove(topic)

        return use

    together(*[uses(number) for number in range(THREADS)])
    assert (len(tree), list(tree.topics())) == (0, [])


def test_trees_agree_after_many_hands() -> None:
    tree, model = compiled("prefixes").PrefixTree(), prefixes.PrefixTree()
    together(*[lambda first=first: [tree.set(b"%d" % n, n) for n in range(first, COUNT, 3)] for first in range(3)])
    for number in range(COUNT):
        model.set(b"%d" % number, number)
    assert list(tree.topics()) == list(model.topics())
