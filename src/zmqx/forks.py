"""What a forked child does about what it inherited: the hook, and locks that nobody will ever release.

Only the thread that forked lives on in the child. Whatever the others held or were in the middle of stays so.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_before: list[Callable[[], None]] = []
_calls: list[Callable[[], None]] = []


def around(before: Callable[[], None], in_parent: Callable[[], None]) -> None:
    """Call these right before and after every fork to come, in the process that forks and the thread that does. They
    must not raise. Asked again, it does nothing."""
    if before not in _before and hasattr(os, "register_at_fork"):
        _before.append(before)
        os.register_at_fork(before=before, after_in_parent=in_parent)


def in_child(call: Callable[[], None]) -> None:
    """Call this in every child that is forked from now on, in the thread that forked. It must not raise. Asked
    again, it is called once all the same."""
    if not _calls and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_make_calls)
    if call not in _calls:
        _calls.append(call)


def _make_calls() -> None:
    for call in _calls:
        call()


def renew(lock: Any) -> None:
    """Free a lock, if a thread holds it that this process does not have. What we hold ourselves, we keep."""
    if lock.acquire(False):
        lock.release()
    else:
        lock._at_fork_reinit()  # what the standard library does with its own
