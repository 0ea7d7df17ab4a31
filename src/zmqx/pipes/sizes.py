"""How many bytes wait in a queue. Counted when somebody asks: whoever queues a message pays nothing for it."""

from __future__ import annotations

from ..message import Subscription

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..message import Item


def size_of(item: Item) -> int:
    """The bytes of a message: of its frames, without what the wire adds."""
    if type(item) is list:
        return sum(map(len, item))
    return len(item.topic) if type(item) is Subscription else len(item)  # type: ignore[arg-type]


def queued_bytes(queue: Iterable[Item]) -> int:
    """The bytes of all messages in a queue."""
    # A list, made in one go: others may append and take meanwhile.
    return sum([len(item) if type(item) is bytes else size_of(item) for item in list(queue)])
