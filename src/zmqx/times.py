"""How long to wait, as the caller says it: ``timeout=`` and ``linger=``, in whatever unit."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# More than anybody has, and little enough for the arithmetic of every clock.
_MOST = 1e15


def time_to_wait(given: Any, name: str = "timeout") -> float:
    """The time given, or -1 for a wait without an end: None, negative ones, and infinity.

    Raises TypeError for what is no number, ValueError for NaN, with the ``name`` of the argument.
    """
    if given is None:
        return -1
    if type(given) is not int and type(given) is not float:
        # Of another kind of number, numpy's or a fraction. Text is none, whatever it looks like.
        try:
            given = type(given).__float__(given)
        except (AttributeError, TypeError):
            raise TypeError(f"{name} takes a number, not {type(given).__name__}") from None
    if 0 <= given < _MOST:
        return given  # type: ignore[no-any-return]  # an int or a float
    if given != given:
        raise ValueError(f"{name} = {given!r}: not a time")
    return -1
