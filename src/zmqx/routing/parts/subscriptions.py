"""Who asked for what: the two stores of topics by prefix (RFC 29).

A publisher keeps, for each topic, the set of peers that asked for it: asking twice is asking once.
A subscriber keeps a count, and asks for all but the last cancellation to be kept from the wire.
"""

from __future__ import annotations

from .trees import PrefixTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...message import Part
    from ...pipes.pipe import Pipe

    _Peers = dict[Pipe, None]  # a set in order of arrival

# So many peers are noted for topics within topics before all that is forgotten, and found again where it is wanted.
_NOTED = 100_000


class _Topic:
    """Who asked for a topic, and who gets the messages that begin with it and no longer one (None: ask the tree)."""

    __slots__ = ("asking", "everybody")

    def __init__(self) -> None:
        self.asking: _Peers = {}
        self.everybody: _Peers | None = None


class Subscribers:
    """The publisher's store: who asked for what."""

    def __init__(self) -> None:
        self._tree = PrefixTree()
        self._topics: dict[Pipe, dict[bytes, None]] = {}
        self._noted: list[_Topic] = []  # those that know everybody
        self._peers_noted = 0
        self._changes = 0

    def __len__(self) -> int:
        return len(self._tree)

    @property
    def only_everything(self) -> bool:
        """Whether nobody asked for anything but everything: the empty topic."""
        return len(self._tree) == 1 and self._tree.get(b"") is not None

    def add(self, topic: bytes, pipe: Pipe) -> bool:
        """Note that a peer asks for a topic; True if nobody did before."""
        try:
            # First, so that a peer that leaves leaves nothing behind of what Ctrl-C interrupted.
            self._topics.setdefault(pipe, {})[topic] = None
            found = self._tree.get(topic)
            first = found is None
            if first:
                found = _Topic()
                self._tree.set(topic, found)
            found.asking[pipe] = None
        finally:
            # Afterwards: a signal handler may send in the middle of it. And whatever Ctrl-C interrupts.
            self._forget_everybody()
        return first

    def remove(self, topic: bytes, pipe: Pipe) -> bool | None:
        """Note that a peer gives up a topic; True if nobody asks for it now, None if it never did."""
        topics = self._topics.get(pipe, {})
        if topic not in topics:
            return None
        try:
            found = self._tree.get(topic)
            if found is not None:
                found.asking.pop(pipe, None)
                if not found.asking:
                    self._tree.remove(topic)
            del topics[topic]
        finally:
            self._forget_everybody()
        return found is None or not found.asking

    def forget(self, pipe: Pipe) -> list[tuple[bytes, bool]]:
        """Drop a peer; its topics, each with whether nobody asks for it now."""
        gone = [(topic, bool(self.remove(topic, pipe))) for topic in list(self._topics.get(pipe, ()))]
        self._topics.pop(pipe, None)
        return gone

    def matching(self, frame: Part) -> dict[Pipe, None]:
        """The peers that asked for a prefix of this frame, each once: the same dictionary for the same topics, until
        these change. Not to be changed."""
        found = self._tree.longest(frame)
        if found is None:
            return _NOBODY
        return found.everybody or self._everybody(found, frame)

    def _everybody(self, found: _Topic, frame: Part) -> _Peers:
        """All peers of a topic and of those that it begins with. Who sends to one topic after another meets them
        again, and a cohort wants to see the same dictionary."""
        changes = self._changes
        topics: list[_Topic] = self._tree.matches(frame)
        peers = found.asking
        if len(topics) > 1:
            peers = {}
            for topic in topics:
                peers.update(topic.asking)
            if self._peers_noted + len(peers) > _NOTED:
                self._drop_noted()
            self._peers_noted += len(peers)
        self._noted.append(found)
        if changes == self._changes:
            found.everybody = peers
        return peers

    def _forget_everybody(self) -> None:
        """What was noted may be wrong now."""
        self._changes += 1
        if self._noted:
            self._drop_noted()

    def _drop_noted(self) -> None:
        for topic in self._noted:
            topic.everybody = None
        self._noted.clear()
        self._peers_noted = 0


_NOBODY: _Peers = {}


class TopicCounts:
    """The subscriber's store: what was asked for, and how often."""

    def __init__(self) -> None:
        self.tree = self._tree = PrefixTree()  # topic -> count
        #: Whether a frame begins with a topic.
        self.matches = self.tree.covers

    def __len__(self) -> int:
        return len(self._tree)

    def add(self, topic: bytes) -> None:
        self._tree.set(topic, (self._tree.get(topic) or 0) + 1)

    def remove(self, topic: bytes) -> bool:
        """Undo one ``add``; True if that was the last of this topic."""
        count = self._tree.get(topic)
        if count is None:
            return False
        if count > 1:
            self._tree.set(topic, count - 1)
            return False
        self._tree.remove(topic)
        return True

    def has(self, topic: bytes) -> bool:
        return self._tree.get(topic) is not None

    def topics(self) -> Iterator[bytes]:
        return (topic for topic, _ in self._tree.topics())
