"""What finalizers and the collector do to a queue in the middle of its calls, and what tools do to it from outside."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from zmqx.pipes import ends
from zmqx.plain import PlainMessages

from .conftest import compiled, queue_type


@pytest.fixture
def new(half: str) -> Callable[..., Any]:
    queue: Any = queue_type(half)
    return queue  # type: ignore[no-any-return]  # its class


def taken(queue: Any) -> list[Any]:
    return [queue.popleft() for _ in range(len(queue))]


@contextmanager
def collecting(meanwhile: Callable[[], Any]) -> Iterator[list[bool]]:
    """Whatever makes an object first has garbage collected, and that has something done."""
    seen: list[bool] = []

    def begun(phase: str, info: dict[str, int]) -> None:
        if not seen:
            seen.append(True)
            meanwhile()

    before = gc.get_threshold()
    gc.disable()
    kept: list[list[Any]] = []
    for _ in range(200):
        kept.append([])  # the interpreter is to have no empty lists left over
    gc.callbacks.append(begun)
    gc.set_threshold(1)
    try:
        gc.enable()
        yield seen
    finally:
        gc.disable()
        gc.callbacks.remove(begun)
        gc.set_threshold(*before)
        gc.enable()


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 40, 1000])
def test_what_is_added_while_a_queue_grows_is_kept(new: Any, count: int) -> None:
    more = ["more"] * count
    queue = new(range(16))
    with collecting(lambda: queue.extend(more)) as seen:
        queue.append("last")
    out = taken(queue)
    assert [item for item in out if item != "more"] == [*range(16), "last"]
    assert out.count("more") == (count if seen else 0)
    queue = new(range(16))
    with collecting(lambda: queue.extend(more)):
        queue.appendleft("first")
    out = taken(queue)
    assert [item for item in out if item != "more"] == ["first", *range(16)]


@pytest.mark.parametrize("count", [1, 15, 16])
def test_what_is_taken_while_a_queue_grows_is_gone(new: Any, count: int) -> None:
    queue = new(range(16))
    with collecting(lambda: queue.drain(count)) as seen:
        queue.append("last")
    assert taken(queue) == [*range(count if seen else 0, 16), "last"]


@pytest.mark.parametrize("count", [1, 16, 17, 1000])
def test_what_is_added_while_a_queue_gives_memory_back_is_kept(new: Any, count: int) -> None:
    queue = new(range(20_000))
    more = ["more"] * count
    with collecting(lambda: queue.extend(more)) as seen:
        out = queue.drain(20_000)
    assert out == list(range(20_000))
    assert taken(queue) == (more if seen else [])


class Last:
    """Has something done when it goes."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call = call

    def __del__(self) -> None:
        self.call()


@pytest.mark.parametrize("add", ["append", "appendleft"])
def test_a_queue_of_one_stays_one_whatever_its_finalizers_add(new: Any, add: str) -> None:
    queue = new(maxlen=1)
    found: list[int] = []
    queue.append(Last(lambda: (found.append(len(queue)), queue.append("from the old one"))))
    getattr(queue, add)("new")
    assert list(queue) == ["from the old one"]
    assert found == [1]  # nobody finds it empty meanwhile


def test_clear_ends_though_finalizers_add(new: Any) -> None:
    queue = new()

    def again() -> None:
        if len(made) < 1000:
            made.append(True)
            queue.append(Last(again))

    made: list[bool] = []
    queue.extend([Last(again), Last(again)])
    queue.clear()
    assert (len(made), len(queue)) == (2, 2)
    made.extend([True] * 1000)
    queue.clear()


def test_a_ring_can_be_read_by_whoever_finds_it() -> None:
    """Tools that look for leaks ask the collector for all lists, and read them."""
    queue = compiled("queues").Queue(range(3))
    queue.popleft()
    rings = [thing for thing in gc.get_referents(queue) if type(thing) is list]
    assert len(rings) == 1
    assert [item for item in rings[0] if item is not None] == [1, 2]
    assert repr(rings[0])


# -- what was never made whole


@pytest.mark.parametrize("call", [lambda face: face.send(b"x"), lambda face: face.recv()])
def test_a_face_without_its_fields_raises(call: Callable[[Any], Any]) -> None:
    module = compiled("ends")
    face = module.MessageFace()
    with pytest.raises(AttributeError):
        call(face)
    face._out = face._in = module.LaneEnd()
    face._out.only = module.PipeEnds()
    face._out.only.easy = 5
    face._out.only.attention = -5
    with pytest.raises(AttributeError):
        call(face)
    face._out.only.outbox = face._out.only.inbox = compiled("queues").Queue()
    face._out = face._in = None
    with pytest.raises(AttributeError):
        call(face)


@pytest.mark.parametrize("name", ["_tasks", "_out", "_in"])
def test_an_asyncio_face_without_its_fields_raises(name: str) -> None:
    module, loops = compiled("ends"), compiled("loops")
    face: Any = type("Face", (loops.LoopCalls, module.MessageFace), {"_enter": lambda self, loop: None})()
    face._credit = 5
    face._senders = face._receivers = []
    if name != "_tasks":
        face._tasks = module.TaskEnds()

    async def main() -> None:
        with pytest.raises(AttributeError):
            face.send(b"x") if name != "_in" else face.recv()

    loops.learn(asyncio.Future, asyncio.get_running_loop)
    asyncio.run(main())


def test_nothing_is_popped_from_an_empty_inbox(half: str) -> None:
    module: Any = ends if half == "python" else compiled("ends")
    base: Any = PlainMessages if half == "python" else module.MessageFace
    face: Any = type("Face", (base,), {"_recv": lambda self, *args: "slowly"})()
    face._in = module.LaneEnd()
    face._in.only = pipe = module.PipeEnds()
    pipe.inbox, pipe.attention = queue_type(half)(), -1
    assert face.recv() == "slowly"


def test_a_duct_without_a_descriptor_cannot_be_made() -> None:
    """Else it would be that of number 0."""
    with pytest.raises(TypeError):
        compiled("calls").Duct.__new__(compiled("calls").Duct)


def test_decoders_take_bytes_and_nothing_else() -> None:
    decoder = compiled("frames").Decoder()
    for call in (decoder.feed, lambda data: decoder.push(data, 1)):
        with pytest.raises(TypeError):
            call(None)
    bare = compiled("frames").Decoder.__new__(compiled("frames").Decoder)
    assert bare.decode(5) == []
