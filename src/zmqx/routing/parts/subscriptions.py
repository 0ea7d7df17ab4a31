"""Topics by prefix: a radix tree, and the two stores made of it (RFC 29).

A publisher keeps, for each topic, the set of peers that asked for it: asking twice is asking once.
A subscriber keeps a count, and asks for all but the last cancellation to be kept from the wire.
Matching costs a step per branching of the topics that the message shares, however many others and
however long ones a peer may have asked for.
"""

from __future__ import annotations

from ...message import Part
from ...pipes.pipe import Pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class _Node:
    """``label`` leads here from the parent; ``value`` is None where no topic ends."""

    __slots__ = ("children", "label", "value")

    def __init__(self, label: bytes) -> None:
        self.label = label
        self.value: Any = None
        self.children: dict[int, _Node] = {}


class PrefixTree:
    """Topics with a value each; finds the values of every topic a message begins with."""

    def __init__(self) -> None:
        self._root = _Node(b"")
        self._longest = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def get(self, topic: bytes) -> Any:
        """The value of exactly this topic, or None."""
        node = self._root
        pos = 0
        while pos < len(topic):
            child = node.children.get(topic[pos])
            if child is None or not topic.startswith(child.label, pos):
                return None
            node = child
            pos += len(node.label)
        return node.value

    def set(self, topic: bytes, value: Any) -> None:
        """Give a topic its value (not None)."""
        node = self._root
        pos = 0
        while pos < len(topic):
            child = node.children.get(topic[pos])
            if child is None:
                child = node.children[topic[pos]] = _Node(topic[pos:])
            elif not topic.startswith(child.label, pos):
                child = self._split(node, child, topic[pos:])
            node = child
            pos += len(node.label)
        if node.value is None:
            self._count += 1
        node.value = value
        self._longest = max(self._longest, len(topic))

    @staticmethod
    def _split(parent: _Node, child: _Node, rest: bytes) -> _Node:
        common = 0
        for ours, theirs in zip(child.label, rest):
            if ours != theirs:
                break
            common += 1
        middle = _Node(child.label[:common])
        child.label = child.label[common:]
        middle.children[child.label[0]] = child
        parent.children[middle.label[0]] = middle
        return middle

    def remove(self, topic: bytes) -> None:
        """Forget a topic that is there, and the branches that led to nothing else."""
        path = [self._root]
        pos = 0
        while pos < len(topic):
            node = path[-1].children[topic[pos]]
            path.append(node)
            pos += len(node.label)
        path[-1].value = None
        self._count -= 1
        while len(path) > 1:
            node = path.pop()
            if node.value is not None or len(node.children) > 1:
                return
            parent = path[-1]
            if not node.children:
                del parent.children[node.label[0]]
                continue
            (only,) = node.children.values()
            only.label = node.label + only.label
            parent.children[node.label[0]] = only
            return

    def matches(self, frame: Part) -> list[Any]:
        """The values of all topics that the frame begins with, shortest topic first."""
        node = self._root
        found = [] if node.value is None else [node.value]
        if not node.children:
            return found
        data = frame if type(frame) is bytes else bytes(frame[: self._longest])
        pos = 0
        end = len(data)
        while pos < end:
            child = node.children.get(data[pos])
            if child is None or not data.startswith(child.label, pos):
                break
            node = child
            pos += len(node.label)
            if node.value is not None:
                found.append(node.value)
        return found

    def topics(self) -> Iterator[tuple[bytes, Any]]:
        """Every topic and its value, in the order of the tree."""
        stack = [(b"", self._root)]
        while stack:
            prefix, node = stack.pop()
            topic = prefix + node.label
            if node.value is not None:
                yield topic, node.value
            stack.extend((topic, node.children[key]) for key in sorted(node.children, reverse=True))


class Subscribers:
    """The publisher's store: who asked for what."""

    def __init__(self) -> None:
        self._tree = PrefixTree()  # topic -> {pipe: None}, a set in order of arrival
        self._topics: dict[Pipe, dict[bytes, None]] = {}

    def __len__(self) -> int:
        return len(self._tree)

    @property
    def only_everything(self) -> bool:
        """Whether nobody asked for anything but everything: the empty topic."""
        return len(self._tree) == 1 and self._tree.get(b"") is not None

    def add(self, topic: bytes, pipe: Pipe) -> bool:
        """Note that a peer asks for a topic; True if nobody did before."""
        pipes = self._tree.get(topic)
        first = pipes is None
        if first:
            pipes = {}
            self._tree.set(topic, pipes)
        pipes[pipe] = None
        self._topics.setdefault(pipe, {})[topic] = None
        return first

    def remove(self, topic: bytes, pipe: Pipe) -> bool | None:
        """Note that a peer gives up a topic; True if nobody asks for it now, None if it never did."""
        topics = self._topics.get(pipe, {})
        if topic not in topics:
            return None
        del topics[topic]
        pipes = self._tree.get(topic)
        del pipes[pipe]
        if pipes:
            return False
        self._tree.remove(topic)
        return True

    def forget(self, pipe: Pipe) -> list[tuple[bytes, bool]]:
        """Drop a peer; its topics, each with whether nobody asks for it now."""
        gone = [(topic, bool(self.remove(topic, pipe))) for topic in list(self._topics.get(pipe, ()))]
        self._topics.pop(pipe, None)
        return gone

    def matching(self, frame: Part) -> dict[Pipe, None]:
        """The peers that asked for a prefix of this frame, each once. Not to be changed."""
        found = self._tree.matches(frame)
        if not found:
            return _NOBODY
        if len(found) == 1:
            return found[0]  # type: ignore[no-any-return]  # the tree's values are these
        together: dict[Pipe, None] = {}
        for pipes in found:
            together.update(pipes)
        return together


_NOBODY: dict[Pipe, None] = {}


class TopicCounts:
    """The subscriber's store: what was asked for, and how often."""

    def __init__(self) -> None:
        self._tree = PrefixTree()  # topic -> count

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

    def matches(self, frame: Part) -> bool:
        return bool(self._tree.matches(frame))

    def topics(self) -> Iterator[bytes]:
        return (topic for topic, _ in self._tree.topics())
