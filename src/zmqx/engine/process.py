"""What every context has to hear of: the end of this process, and that it was forked."""

from __future__ import annotations

import atexit
import sys
import weakref
from threading import RLock, get_ident
from time import monotonic

from ..forks import around, in_child, renew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol

    class Context(Protocol):
        """A context, as far as this concerns it."""

        def flush_at_exit(self, deadline: float) -> None: ...

        def locks(self) -> Iterator[Any]: ...

        def last_locks(self) -> list[Any]: ...

        def disown(self) -> None: ...


# Seconds that the end of the interpreter waits for what is unsent, in all, before it says what is lost.
EXIT_FLUSH = 1.0

# By identity: looking through it is one step, whatever other threads do meanwhile.
_living: dict[int, weakref.ref[Context]] = {}
_prepared = False

# Seconds that a fork waits, in all, for threads to come out of what they are doing with sockets. In the middle of an
# accept, a bind or a close the system has a descriptor that no object here knows of: the child would keep it open, and
# a peer would not see the connection end while the child lives.
_PAUSE = 0.1
_forking = RLock()  # one thread at a time holds several guards
_held: dict[int, list[Any]] = {}  # locks, by the thread that forks


def note(context: Context) -> None:
    """From now on this context hears of it, as long as it lives."""
    global _prepared
    number = id(context)
    with _forking:  # who forks would not know of it; and contexts may be made in several threads at once
        _living[number] = weakref.ref(context, lambda _: _living.pop(number, None))
        if not _prepared:
            _prepared = True
            around(_pause_all, _resume_all)
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


def _pause_all() -> None:
    deadline = monotonic() + _PAUSE
    held = _held.setdefault(get_ident(), [])
    if not _take(_forking, held, deadline):
        return
    # Nobody waits for a guard who has one, but for us: so we get them all, but for what takes too long. Sockets that
    # were made while we waited come in the next round.
    seen: dict[int, Any] = {}
    before = -1
    while len(seen) > before:
        before = len(seen)
        for context in _contexts():
            for lock in context.locks():
                if id(lock) not in seen:
                    seen[id(lock)] = lock
                    _take(lock, held, deadline)
    for context in _contexts():
        for lock in context.last_locks():
            _take(lock, held, deadline)


def _take(lock: Any, held: list[Any], deadline: float) -> bool:
    held.append(lock)
    if lock.acquire(True, max(0.0, deadline - monotonic())):
        return True
    held.pop()
    return False


def _resume_all() -> None:
    for lock in reversed(_held.pop(get_ident(), ())):
        try:
            lock.release()
        except RuntimeError:
            pass  # Ctrl-C struck before we had it


def _disown_all() -> None:
    global _prepared
    _resume_all()
    _held.clear()
    renew(_forking)
    for context in _contexts():
        context.disown()
    _living.clear()
    # Those of the child may have to be told in another way.
    _prepared = False
    atexit.unregister(_flush_all)
