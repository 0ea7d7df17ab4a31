"""The two halves of the plain calls of the asyncio face."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import pytest

from zmqx.asyncio.plain import PlainCalls
from zmqx.pipes import ends
from zmqx.plain import PlainMessages

from .conftest import compiled, queue_type


class Slow:
    """What the rest of a face does, noted."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def _enter(self: Any, loop: Any) -> None:
        self.calls.append("enter")
        self._loop = loop
        self._tells = self.telling

    def _wake(self, pipe: Any) -> None:
        self.calls.append("wake")

    def _send_slowly(self, loop: Any, *args: Any) -> Any:
        self.calls.append(("send", *args))
        return "sent slowly"

    def _recv_slowly(self, loop: Any, *args: Any) -> Any:
        self.calls.append(("recv", *args))
        return "received slowly"

    def _first_for(self, message: Any, loop: Any) -> Any:
        return ("first for", message)


@pytest.fixture(params=[True, False], ids=["loop tells", "loop does not tell"])
def face(request: pytest.FixtureRequest, half: str) -> Any:
    module = ends if half == "python" else compiled("ends")
    calls: Any = PlainCalls if half == "python" else compiled("loops").LoopCalls
    compiled("loops").learn(asyncio.Future, asyncio.get_running_loop)
    base: Any = PlainMessages if half == "python" else module.MessageFace
    made = type("Face", (calls, Slow, base), {"telling": request.param})()
    pipe = module.PipeEnds()
    pipe.outbox, pipe.inbox = queue_type(half)(), queue_type(half)()
    pipe.easy, pipe.attention, pipe.pending = 2, 1, True
    made._out, made._in = module.LaneEnd(), module.LaneEnd()
    made._out.only = made._in.only = pipe
    made._tasks = module.TaskEnds()
    made._tasks.odd = False
    made._senders, made._receivers = deque(), deque()
    made._credit = 10
    made._loop, made._tells = None, False
    made._sent = "sent"
    made.pipe = pipe
    return made


def test_plain_calls_take_the_lanes(face: Any) -> None:
    async def main() -> None:
        assert face.send(b"one") == "sent"
        face.pipe.pending = False
        assert face.send(b"two") == "sent"
        assert face.send(b"three") == "sent slowly"
        assert list(face.pipe.outbox) == [b"one", b"two"]
        face.pipe.inbox.extend([b"one", [b"two", b"three"], b"last"])
        first = face.recv()
        assert isinstance(first, asyncio.Future)
        assert await first == b"one"
        assert await face.recv() == ("first for", [b"two", b"three"])
        assert face.recv() == "received slowly"

    asyncio.run(main())
    assert face.calls == [
        "enter", "wake", ("send", b"three", 0, True, False, None, None, None), ("recv", 0, True, False, None),
    ]  # fmt: skip
    assert face._credit == 6


@pytest.mark.parametrize(
    "change",
    [
        lambda face: setattr(face, "_credit", 0),
        lambda face: setattr(face._tasks, "odd", True),
        lambda face: (face._senders.append(1), face._receivers.append(1)),
        lambda face: (setattr(face._out, "only", None), setattr(face._in, "only", None)),
    ],
    ids=["no credit", "odd", "others in line", "no lane"],
)
def test_everything_else_goes_slowly(face: Any, change: Any) -> None:
    async def main() -> None:
        face.pipe.inbox.extend([b"one", b"two"])
        change(face)
        assert face.send(b"x") == "sent slowly"
        assert face.recv() == "received slowly"
        assert not face.pipe.outbox
        assert len(face.pipe.inbox) == 2

    asyncio.run(main())


@pytest.mark.parametrize("kwargs", [{"copy": False}, {"flags": 1}])
def test_flags_and_frames_go_slowly(face: Any, kwargs: dict[str, Any]) -> None:
    async def main() -> None:
        face.pipe.inbox.extend([b"one", b"two"])
        assert face.recv(**kwargs) == "received slowly"
        assert face.send(b"x", flags=2) == "sent slowly"
        assert face.send(bytearray(b"x")) == "sent slowly"
        assert face.send(b"x", track=True) == "sent slowly"

    asyncio.run(main())


def test_without_a_running_loop_they_raise(face: Any) -> None:
    for call in (lambda: face.send(b"x"), face.recv):
        with pytest.raises(RuntimeError, match="no running event loop"):
            call()

    async def main() -> None:
        face.send(b"x")

    asyncio.run(main())
    for call in (lambda: face.send(b"x"), face.recv):  # nor with one that is over
        with pytest.raises(RuntimeError, match="no running event loop"):
            call()
    asyncio.run(main())
    assert face.calls.count("enter") == 2
