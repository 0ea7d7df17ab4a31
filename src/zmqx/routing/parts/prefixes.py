"""Topics by prefix: a radix tree, with a short cut.

Matching costs a step per branching of the topics that the message shares, however many others and however long ones
a peer may have asked for. Where the topics have few lengths, as those of one program mostly do, looking up the
beginning of the message at each of these lengths is sooner done than the steps.

This is the Python half, and the reference; ``trees`` chooses.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ...message import Part

# Measured: with three lengths a look at each takes what three or four steps do, and where there are many topics there
# are more. Each look hashes what it looks up, so long topics are for the tree.
_FEW = 3
_SHORT = 256


def _plain(topic: bytes) -> bytes:
    if type(topic) is not bytes:
        raise TypeError(f"a topic is bytes, not {type(topic).__name__}")
    return topic


class _Node:
    """``label`` leads here from the parent; ``value`` is None where no topic ends."""

    __slots__ = ("children", "label", "value")

    def __init__(self, label: bytes) -> None:
        self.label = label
        self.value: Any = None
        self.children: dict[int, _Node] = {}


class PrefixTree:
    """Topics with a value each; finds the values of the topics a message begins with."""

    def __init__(self) -> None:
        self._root = _Node(b"")
        self._exact: dict[bytes, Any] = {}
        self._longest = 0
        self._lengths: dict[int, int] = {}  # how many topics are so long
        self._looks: list[int] | None = []  # the lengths but 0, longest first; None: too many

    def __len__(self) -> int:
        return len(self._exact)

    def get(self, topic: bytes) -> Any:
        """The value of exactly this topic, or None."""
        return self._exact.get(_plain(topic))

    def set(self, topic: bytes, value: Any) -> None:
        """Give a topic its value (not None)."""
        if value is None:
            raise TypeError("None is the value of what is not there")
        _plain(topic)
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
        node.value = value
        if topic not in self._exact:
            self._longest = max(self._longest, len(topic))
            self._count(len(topic), 1)
        self._exact[topic] = value

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

    def _count(self, length: int, more: int) -> None:
        count = self._lengths.pop(length, 0) + more
        if count:
            self._lengths[length] = count
        if count <= 1:
            few = len(self._lengths) <= _FEW and all(length <= _SHORT for length in self._lengths)
            self._looks = sorted(filter(None, self._lengths), reverse=True) if few else None

    def remove(self, topic: bytes) -> None:
        """Forget a topic that is there (KeyError if it is not), and the branches that led to nothing else."""
        del self._exact[_plain(topic)]
        self._count(len(topic), -1)
        path = [self._root]
        pos = 0
        while pos < len(topic):
            node = path[-1].children[topic[pos]]
            path.append(node)
            pos += len(node.label)
        path[-1].value = None
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

    def longest(self, frame: Part) -> Any:
        """The value of the longest topic that the frame begins with, or None."""
        root = self._root
        if not root.children:
            return root.value
        data = frame if type(frame) is bytes else bytes(frame[: self._longest])
        looks = self._looks
        if looks is not None:
            exact = self._exact
            for length in looks:
                head = data[:length]
                if head in exact:
                    return exact[head]
            return root.value
        # The loop of ``matches``, but for the list.
        value = root.value
        children = root.children
        pos = 0
        end = len(data)
        while pos < end:
            node = children.get(data[pos])
            if node is None:
                break
            label = node.label
            if not data.startswith(label, pos):
                break
            pos += len(label)
            if node.value is not None:
                value = node.value
            children = node.children
        return value

    def covers(self, frame: Part) -> bool:
        """Whether the frame begins with a topic."""
        return self.longest(frame) is not None

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
        return iter(sorted(self._exact.items()))
