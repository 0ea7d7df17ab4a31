"""Saying what is to be said when a connection comes and goes (see ``pipes.notices``)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...message import Item
    from ...pipes.pipe import Pipe


def greet(pipe: Pipe, probe: int = 0) -> None:
    """Open a connection that has come up: with HELLO_MSG, and an empty message if ``probe`` says so (PROBE_ROUTER)."""
    notices = pipe.notices
    openers: list[Item] = [notices.hello] if notices is not None and notices.hello else []
    if probe:
        openers.append(b"")
    if openers:
        pipe.put_first(*openers)


def announce_arrival(pipe: Pipe, readable: Callable[[Pipe], None]) -> None:
    """Tell the application of a connection that has come up, if it wants to know. ``readable`` is the routing's."""
    notices = pipe.notices
    if notices is not None and notices.arrival:
        _deliver(pipe, b"", readable)


def announce_loss(pipe: Pipe, readable: Callable[[Pipe], None]) -> None:
    """Tell the application of a connection that was lost, if it wants to know, after everything that came by it."""
    notices = pipe.notices
    if notices is not None:
        for words in notices.loss:
            _deliver(pipe, words, readable)


def _deliver(pipe: Pipe, item: Item, readable: Callable[[Pipe], None]) -> None:
    pipe.inbox.append(item)
    if pipe.asleep:
        pipe.rise()
        readable(pipe)
