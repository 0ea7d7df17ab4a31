"""What is one of its kind: it is copied as what it is, and stays in its process."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Itself = TypeVar("Itself", bound="Unique")


class Unique:
    """To be mixed in."""

    __slots__ = ()

    def __copy__(self: Itself) -> Itself:
        """A socket is one thing: its copy is itself, also within a structure that is copied deeply."""
        return self

    def __deepcopy__(self: Itself, memo: object) -> Itself:
        return self

    def __reduce_ex__(self, protocol: object) -> Any:
        """Its connections are this process's: TypeError."""
        raise TypeError(f"cannot pickle a {type(self).__name__}: make one where it is to be used")
