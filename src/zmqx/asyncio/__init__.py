"""The asyncio face: Context, Socket and Poller with pyzmq's names, on any event loop.

What waits in the blocking face returns an ``asyncio.Future`` here, and is begun at once: a send that nobody
awaits still goes out. Where nothing has to be waited for, the future is done when it is returned, and awaiting
it does not suspend. What need not wait (``bind``, ``connect``, options, ``close``) is plain. Cancelling a wait
never loses a message and never sends part of one.

Times given as ``timeout=`` are milliseconds: None takes the socket's RCVTIMEO or SNDTIMEO, -1 waits for ever.
A wait ends with the message, with Again when the time is up, with ENOTSOCK when the socket is closed, and
with ContextTerminated when the context ends.

A socket belongs to the loop that first awaits it, and to that loop's thread; RuntimeError tells another one. Any
number of its tasks may wait, first come first served. The parts of a message that is sent or received frame by
frame (SNDMORE, RCVMORE) belong to the task that began it.
"""

from __future__ import annotations

from .contexts import Context as Context
from .events import EventStream as EventStream
from .polling import Poller as Poller
from .proxies import Proxy as Proxy
from .proxies import proxy as proxy
from .proxies import proxy_steerable as proxy_steerable
from .socket import Socket as Socket
