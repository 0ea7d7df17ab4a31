"""What the tests of publishers share."""

from __future__ import annotations

import pytest

from zmqx.constants import SocketOption
from zmqx.message import Subscription
from zmqx.routing.pub import Pub
from zmqx.routing.xpub import Xpub

from .ends import Far, received

both = pytest.mark.parametrize("kind", [Xpub, Pub])


def xpub(kind: type[Xpub] = Xpub, **options: object) -> Xpub:
    made = kind()
    for name, value in options.items():
        made.set_option(SocketOption[name], value)
    return made


def change(text: str) -> Subscription:
    return Subscription(text[1:].encode(), text[0] == "+")


def asks(peer: Far, *changes: str) -> None:
    peer.deliver(*map(change, changes))


def reports(socket: Xpub) -> list[object]:
    """All that is reported now."""
    found = received(socket)
    assert not socket.can_recv()
    return found
