"""Socket options that libzmq does not have: overload by choice, and looking before sleeping."""

from __future__ import annotations

from ..constants import NativeOption as N
from ..constants import Overflow
from ..constants import SocketType as T
from .kinds import NOW, IntOption, OptionTable

# Types with a queue of their own messages for each peer, and a choice.
SENDERS = frozenset(
    {T.PAIR, T.CHANNEL, T.PUSH, T.SCATTER, T.DEALER, T.CLIENT, T.ROUTER, T.SERVER, T.PEER, T.PUB, T.XPUB, T.RADIO}
)

# Types that wait for an answer, and have nothing else to do meanwhile.
DIALOGUES = frozenset({T.REQ, T.REP})

MOST = 2**63 - 1


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
    sndhwm_bytes = IntOption(
        N.SNDHWM_BYTES, high=MOST, apply=NOW, doc="bytes queued per peer for sending, beside SNDHWM; 0 without limit"
    )
    rcvhwm_bytes = IntOption(
        N.RCVHWM_BYTES, high=MOST, apply=NOW, doc="bytes queued per peer for receiving, beside RCVHWM; 0 without limit"
    )
    snd_total_bytes = IntOption(
        N.SND_TOTAL_BYTES, high=MOST, apply=NOW, doc="bytes queued for sending to all peers together; 0 without limit"
    )
    rcv_total_bytes = IntOption(
        N.RCV_TOTAL_BYTES, high=MOST, apply=NOW, doc="bytes queued for receiving from all peers together; 0: any"
    )

    # -- admission, per listener: what ``bind`` finds
    max_peers = IntOption(N.MAX_PEERS, doc="peers of one bound endpoint at a time; more are refused; 0 without limit")
    max_handshakes = IntOption(
        N.MAX_HANDSHAKES, doc="handshakes under way at one bound endpoint; others wait in the backlog; 0 without limit"
    )
    handshake_bytes = IntOption(
        N.HANDSHAKE_BYTES, 65_536, low=512, doc="bytes that one peer may have us hold before its handshake is done"
    )
    handshake_total_bytes = IntOption(
        N.HANDSHAKE_TOTAL_BYTES, doc="bytes that came in all handshakes under way at one bound endpoint; 0: any"
    )
    spin = IntOption(
        N.SPIN,
        100,
        high=1000,
        apply=NOW,
        types=DIALOGUES,
        doc="us that a wait looks for the answer before it sleeps, where that has paid; 0: it sleeps at once",
    )
