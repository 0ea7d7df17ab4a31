"""Socket options that libzmq does not have: overload by choice."""

from __future__ import annotations

from ..constants import NativeOption as N
from ..constants import Overflow
from ..constants import SocketType as T
from .kinds import NOW, IntOption, OptionTable

# Types with a queue of their own messages for each peer, and a choice.
SENDERS = frozenset(
    {T.PAIR, T.CHANNEL, T.PUSH, T.SCATTER, T.DEALER, T.CLIENT, T.ROUTER, T.SERVER, T.PEER, T.PUB, T.XPUB, T.RADIO}
)


class NativeOptions(OptionTable):
    """Options of our own. Numbers from 10000 on; attributes like the others."""

    __slots__ = ()

    overflow = IntOption(
        N.OVERFLOW,
        Overflow.DEFAULT,
        high=max(Overflow),
        apply=NOW,
        types=SENDERS,
        doc="what becomes of a message for a peer whose queue is full (Overflow)",
    )
