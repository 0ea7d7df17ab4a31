"""How the threads of a context run: their name, scheduling and processors (zmq_ctx_set, THREAD_...)."""

from __future__ import annotations

import os
import sys
from threading import get_native_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# The system's name of a thread, without the zero at its end (Linux).
_NAME_LENGTH = 15

#: Whether this system lets a thread say such things of itself.
HAS_RULES = sys.platform == "linux" and hasattr(os, "sched_setscheduler") and hasattr(os, "sched_setaffinity")


class ThreadRules:
    """See the module. -1 and nothing leave it to the system."""

    __slots__ = ("_complain", "_policy", "_prefix", "_priority", "_processors")

    def __init__(
        self,
        complain: Callable[[str], None],
        prefix: str = "",
        policy: int = -1,
        priority: int = -1,
        processors: frozenset[int] = frozenset(),
    ) -> None:
        """``complain`` is told in words what the system does not allow; the thread runs all the same."""
        self._complain = complain
        self._prefix = prefix
        self._policy = policy
        self._priority = priority
        self._processors = processors

    def name(self, plain: str) -> str:
        """The name of a thread."""
        return f"{self._prefix}/{plain}" if self._prefix else plain

    def obey(self) -> None:
        """To be called by a thread when it begins."""
        if self._prefix:
            self._take("THREAD_NAME_PREFIX", self._take_name)
        if self._policy >= 0 or self._priority >= 0:
            self._take("THREAD_SCHED_POLICY and THREAD_PRIORITY", self._take_scheduling)
        if self._processors:
            self._take("THREAD_AFFINITY_CPU_ADD", lambda: os.sched_setaffinity(0, self._processors))

    def _take(self, what: str, act: Callable[[], None]) -> None:
        try:
            act()
        except (OSError, OverflowError, ValueError) as error:
            self._complain(f"{what}: the system does not allow it ({error})")

    def _take_name(self) -> None:
        if sys.platform == "linux":
            with open(f"/proc/self/task/{get_native_id()}/comm", "w") as name:
                name.write(self._prefix[:_NAME_LENGTH])

    def _take_scheduling(self) -> None:
        # 0 is the calling thread, on Linux also for the nice value.
        policy = self._policy if self._policy >= 0 else os.sched_getscheduler(0)
        if policy in (os.SCHED_FIFO, os.SCHED_RR):
            os.sched_setscheduler(0, policy, os.sched_param(max(1, self._priority)))
            return
        os.sched_setscheduler(0, policy, os.sched_param(0))
        if self._priority > 0:
            os.setpriority(os.PRIO_PROCESS, 0, -min(self._priority, 20))
