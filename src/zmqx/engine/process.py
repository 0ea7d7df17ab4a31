"""What every context has to hear of: the end of this process, and that it was forked."""

from __future__ import annotations

import atexit
import sys
import weakref
from time import monotonic

from ..forks import in_child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Context(Protocol):
        """A context, as far as this concerns it."""

        def flush_at_exit(self, deadline: float) -> None: ...

        def disown(self) -> None: ...


# Seconds that the end of the interpreter waits for what is unsent, in all, before it says what is lost.
EXIT_FLUSH = 1.0

# By identity: looking through it is one step, whatever other threads do meanwhile.
_living: dict[int, weakref.ref[Context]] = {}
_prepared = False


def note(context: Context) -> None:
    """From now on this context hears of it, as long as it lives."""
    global _prepared
    number = id(context)
    _living[number] = weakref.ref(context, lambda _: _living.pop(number, None))
    if not _prepared:
        _prepared = True
        in_child(_disown_all)
        _flush_at_exit()


def _flush_at_exit() -> None:
    parent = getattr(sys.modules.get("multiprocessing.process"), "parent_process", lambda: None)()
    if parent is None:
        atexit.register(_flush_all)
    else:
        # A process of multiprocessing ends without atexit, but for what it calls so itself.
        from multiprocessing.util import Finalize

        Finalize(None, _flush_all, exitpriority=0)


def _contexts() -> list[Context]:
    return [context for ref in list(_living.values()) if (context := ref()) is not None]


def _flush_all() -> None:
    deadline = monotonic() + EXIT_FLUSH
    for context in _contexts():
        context.flush_at_exit(deadline)


def _disown_all() -> None:
    global _prepared
    for context in _contexts():
        context.disown()
    _living.clear()
    # Those of the child may have to be told in another way.
    _prepared = False
    atexit.unregister(_flush_all)
