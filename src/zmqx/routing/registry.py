"""Which rule a socket type follows."""

from __future__ import annotations

from ..constants import SocketType
from .channel import Channel
from .client import Client
from .dealer import Dealer
from .dgram import Dgram
from .dish import Dish
from .gather import Gather
from .pair import Pair
from .peer import Peer
from .pub import Pub
from .pull import Pull
from .push import Push
from .radio import Radio
from .rep import Rep
from .req import Req
from .router import Router
from .scatter import Scatter
from .server import Server
from .stream import Stream
from .sub import Sub
from .xpub import Xpub
from .xsub import Xsub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .base import Routing

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
    SocketType.STREAM: Stream,
    SocketType.SERVER: Server,
    SocketType.CLIENT: Client,
    SocketType.RADIO: Radio,
    SocketType.DISH: Dish,
    SocketType.GATHER: Gather,
    SocketType.SCATTER: Scatter,
    SocketType.DGRAM: Dgram,
    SocketType.PEER: Peer,
    SocketType.CHANNEL: Channel,
}
