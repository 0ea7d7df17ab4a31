"""The short way of a dialogue: of a type that speaks in turn, with its only peer, compiled (``_accel.dialogues``).

What a request and its reply cost between two sleeps is mostly calls. Where nothing is out of the ordinary, one call
sends, and one waits, reads and finds the message; anything else goes the long way, which is the reference.
"""

from __future__ import annotations

import sys

from .._accel import half
from .reactor import Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..routing.parts.turn import Turn
    from .session import Session
    from .state import State

_Dialogue: Any = half("dialogues", "Dialogue", None) if sys.platform == "linux" else None


def find_shortcut(turn: Turn, state: State, session: Session | None) -> None:
    """The socket has this one session now, which is up, or not just one: note the short way to it, if there is one.
    Under the guard."""
    turn.shortcut = None
    if _Dialogue is not None and session is not None and turn.straight:
        turn.shortcut = session.shorten(lambda *parts: _Dialogue(turn, state, Waiter, *turn.ways(), *parts))
