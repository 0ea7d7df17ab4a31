"""The options of a context: checked, stored, and what they mean for its threads."""

from __future__ import annotations

from ..constants import ContextOption as X
from ..errors import EFAULT, EINVAL, zmq_error
from ..options import CONTEXT_SETTERS, CONTEXT_TABLE, ContextOptions, find_option
from .thread_rules import HAS_RULES, ThreadRules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..options import Option


class ContextDesk(ContextOptions):
    """See the module."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._processors: set[int] = set()

    @property
    def over(self) -> bool:
        """Whether it was terminated, and has nothing left."""
        return False

    def read_option(self, option: Option) -> Any:
        return self._values.get(option.name, option.default)

    def write_option(self, option: Option, value: Any) -> None:
        value = option.convert(value)
        if option.name.startswith("THREAD_") and option.number != X.THREAD_NAME_PREFIX and not HAS_RULES:
            raise option.refuse(value, "this system has no such thing")
        if option.number == X.THREAD_AFFINITY_CPU_ADD:
            self._processors.add(value)
        elif option.number == X.THREAD_AFFINITY_CPU_REMOVE:
            if value not in self._processors:
                raise option.refuse(value, "was not added")
            self._processors.remove(value)
        else:
            self._values[option.name] = value

    def set_option(self, number: int, value: Any) -> None:
        """Set a context option by number; EINVAL or TypeError says what is wrong, EFAULT that it has ended."""
        self._check_alive()
        option = CONTEXT_SETTERS.get(number) or find_option(CONTEXT_TABLE, number, "context")
        if "w" not in option.access:
            raise zmq_error(EINVAL, f"{option.name} cannot be set")
        self.write_option(option, value)

    def get_option(self, number: int) -> Any:
        """Read a context option by number; EINVAL if there is none to read, EFAULT if it has ended."""
        return self.get_row(find_option(CONTEXT_TABLE, number, "context"))

    def get_row(self, option: Option) -> Any:
        """The same, by its row of the table."""
        self._check_alive()
        if "r" not in option.access:
            raise zmq_error(EINVAL, f"{option.name} cannot be read")
        return self.read_option(option)

    def _check_alive(self) -> None:
        if self.over:
            raise zmq_error(EFAULT, "this context has been terminated")

    def _thread_rules(self) -> ThreadRules:
        prefix, priority = self.thread_name_prefix, self._values.get("THREAD_PRIORITY", -1)
        return ThreadRules(
            log, str(prefix) if prefix else "", self.thread_sched_policy, priority, frozenset(self._processors)
        )


def log(text: str) -> None:
    """Say something that nobody asked for and somebody should know."""
    import logging

    logging.getLogger("zmqx").warning("%s", text)
