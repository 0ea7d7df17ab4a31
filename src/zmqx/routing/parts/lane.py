"""A way past a ring of pipes, for plain messages that need no rule.

While ``only`` is a pipe, appending to its outbox, or popping from its inbox, is what the rule would
have done, as long as the pipe says that it is easy (see ``pipes.pipe``). The rings of ``load_balance``
and ``fair_queue`` are lanes; this one leads nowhere.
"""

from __future__ import annotations

from ...pipes.halves import LaneEnd


class Lane(LaneEnd):
    """A closed lane, for types that have none."""

    __slots__ = ()

    def set_open(self, on: bool) -> None:
        """It stays closed."""
