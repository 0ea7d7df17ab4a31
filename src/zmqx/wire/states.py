"""The tables of the protocol: phases of a connection, dialects, who may talk to whom."""

from __future__ import annotations

from enum import Enum

from ..constants import SocketType


class Phase(Enum):
    """Where a connection stands. It only ever moves down this list."""

    GREETING = "greeting"
    IDENTITY = "identity"  # ZMTP 1.0 and 2.0: the first frame names the peer
    HANDSHAKE = "handshake"
    TRAFFIC = "traffic"


class Dialect(Enum):
    """How a peer speaks: framing, subscriptions and commands differ (RFCs 13, 15, 23 and 37)."""

    V1 = "ZMTP 1.0"
    V1_REVISION = "ZMTP 1.0 with a revision byte"
    V2 = "ZMTP 2.0"
    V3_0 = "ZMTP 3.0"
    V3_1 = "ZMTP 3.1"
    RAW = "no ZMTP"


T = SocketType

# RFC 37, "The Socket-Type Property"; read: the left may talk to the right.
COMPATIBLE: dict[SocketType, tuple[bytes, ...]] = {
    T.PAIR: (b"PAIR",),
    T.PUB: (b"SUB", b"XSUB"),
    T.XPUB: (b"SUB", b"XSUB"),
    T.SUB: (b"PUB", b"XPUB"),
    T.XSUB: (b"PUB", b"XPUB"),
    T.REQ: (b"REP", b"ROUTER"),
    T.REP: (b"REQ", b"DEALER"),
    T.DEALER: (b"REP", b"DEALER", b"ROUTER"),
    T.ROUTER: (b"REQ", b"DEALER", b"ROUTER"),
    T.PUSH: (b"PULL",),
    T.PULL: (b"PUSH",),
    T.STREAM: (),  # speaks no ZMTP
    T.CLIENT: (b"SERVER",),
    T.SERVER: (b"CLIENT",),
    T.RADIO: (b"DISH",),
    T.DISH: (b"RADIO",),
    T.SCATTER: (b"GATHER",),
    T.GATHER: (b"SCATTER",),
    T.PEER: (b"PEER",),
    T.CHANNEL: (b"CHANNEL",),
    T.DGRAM: (b"DGRAM",),
}

# Only these say who they are in READY (libzmq; nobody else's name is ever used).
NAMED = frozenset({T.REQ, T.DEALER, T.ROUTER})

# Their peers ask for what they want.
PUBLISHERS = frozenset({T.PUB, T.XPUB, T.RADIO})

# They speak of groups in commands of ZMTP 3.1 (RFC 48); an older peer could neither ask nor answer.
GROUPED = frozenset({T.RADIO, T.DISH})
