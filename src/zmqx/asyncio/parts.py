"""Messages that tasks send or receive frame by frame, and the taking of a message for one of them."""

from __future__ import annotations

from itertools import count
from weakref import WeakKeyDictionary

from ..face import frames_of
from ..message import Frame
from ..pipes.halves import TaskEnds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..engine.core import SocketCore
    from ..message import Message, Part


class Parts:
    """The unfinished messages of one task."""

    __slots__ = ("properties", "receiving", "sending")

    def __init__(self) -> None:
        self.sending: list[Part] = []
        self.receiving: list[Part] = []
        self.properties: dict[str, str] = {}


class TaskParts(TaskEnds):
    """The unfinished messages of all tasks of one socket."""

    __slots__ = ("_always", "_tasks", "serials")

    def __init__(self, always: bool = False) -> None:
        """``always``: the lanes are never good."""
        self._always = always
        self._tasks: WeakKeyDictionary[Any, Parts] = WeakKeyDictionary()
        #: Whether a call has to look whether its task is in the middle of a message, or one was given back: the
        #: lanes pass by what they would find.
        self.odd = always
        self.serials = count(1)  # in the order in which messages were taken

    def find(self, task: Any) -> Parts | None:
        """The unfinished messages of a task, if it has any."""
        return self._tasks.get(task) if self.odd else None

    def make(self, task: Any) -> Parts:
        """The same; made if there is none."""
        self.odd = True
        parts = self._tasks.get(task)
        if parts is None:
            parts = self._tasks[task] = Parts()
        return parts

    def tidy(self) -> None:
        """Nothing was given back: if nobody is in the middle of a message either, the lanes are good again."""
        if not any(parts.sending or parts.receiving for parts in self._tasks.values()):
            self._tasks.clear()
            self.odd = self._always


class Taking:
    """One receive: called under the guard until there is something to take, and undone if nobody gets it."""

    __slots__ = ("_copy", "_core", "_message", "_parts", "_rest", "_serial", "_task", "_whole")

    def __init__(self, core: SocketCore, parts: TaskParts, task: Any, *, whole: bool, copy: bool) -> None:
        """``whole`` takes all frames of a message, else the next frame."""
        self._core = core
        self._parts = parts
        self._task = task
        self._whole = whole
        self._copy = copy
        self._message: Message | None = None
        self._serial = 0
        self._rest: list[Part] = []  # what was taken of a message begun before

    def __call__(self) -> Any:
        own = self._parts.find(self._task)
        if own is not None and own.receiving:
            return self._go_on(own)
        core = self._core
        returned = core.returned
        message = core.try_recv()
        if message is None:
            return None
        self._message = message
        self._serial = core.serial if returned else next(self._parts.serials)
        if self._whole:
            return self._show(message if isinstance(message, list) else [message], self._properties())
        if not isinstance(message, list):
            if self._copy:
                return message if type(message) is bytes else bytes(message)
            return Frame(message, properties=self._properties())
        own = self._parts.make(self._task)
        own.receiving = message[1:]
        if own.receiving:
            core.hold_part(self._task, True)
        own.properties = self._properties()
        first = message[0]
        return bytes(first) if self._copy else Frame(first, more=len(message) > 1, properties=own.properties)

    def _go_on(self, own: Parts) -> Any:
        """The frames, or the next one, of a message that the task has begun to receive."""
        if self._whole:
            self._rest, own.receiving = own.receiving, []
            self._core.hold_part(self._task, False)
            return self._show(self._rest, own.properties)
        self._rest = [own.receiving.pop(0)]
        if not own.receiving:
            self._core.hold_part(self._task, False)
        part = self._rest[0]
        return bytes(part) if self._copy else Frame(part, more=bool(own.receiving), properties=own.properties)

    def _show(self, parts: list[Part], properties: dict[str, str]) -> list[Any]:
        if self._copy:
            return [part if type(part) is bytes else bytes(part) for part in parts]
        return frames_of(parts, properties)

    def _properties(self) -> dict[str, str]:
        pipe = None if self._copy else self._core.sender()
        return pipe.properties if pipe is not None else {}

    def undo(self) -> None:
        """Nobody got it."""
        own = self._parts.make(self._task)  # from now on the lanes are no good: they would pass it by
        if self._message is None:
            own.receiving[:0] = self._rest
            self._core.hold_part(self._task, True)
            return
        if not self._whole:
            own.receiving = []
            self._core.hold_part(self._task, False)
        self._core.give_back(self._message, self._serial)
