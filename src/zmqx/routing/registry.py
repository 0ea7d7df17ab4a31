"""Which rule a socket type follows."""

from __future__ import annotations

from ..constants import SocketType
from .base import Routing
from .dealer import Dealer
from .pair import Pair
from .pub import Pub
from .pull import Pull
from .push import Push
from .rep import Rep
from .req import Req
from .router import Router
from .sub import Sub
from .xpub import Xpub
from .xsub import Xsub

ROUTINGS: dict[SocketType, type[Routing]] = {
    SocketType.PAIR: Pair,
    SocketType.PUB: Pub,
    SocketType.SUB: Sub,
    SocketType.REQ: Req,
    SocketType.REP: Rep,
    SocketType.DEALER: Dealer,
    SocketType.ROUTER: Router,
    SocketType.PULL: Pull,
    SocketType.PUSH: Push,
    SocketType.XPUB: Xpub,
    SocketType.XSUB: Xsub,
}
