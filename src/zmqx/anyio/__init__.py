"""The anyio face: Context and Socket for trio, and for whatever else anyio runs on (``pip install zmqx[anyio]``).

Names are pyzmq's; what waits in the blocking face is a coroutine method here. The I/O is done by the background
thread of the context. Cancelling a wait never loses a message and never sends part of one.

Times given as ``timeout=`` are milliseconds: None takes the socket's RCVTIMEO or SNDTIMEO, -1 waits for ever. A
wait ends with the message, with Again when the time is up, with ENOTSOCK when the socket is closed, and with
ContextTerminated when the context ends. Any number of tasks may wait, first come first served. The parts of a
message that is sent or received frame by frame (SNDMORE, RCVMORE) belong to the task that began it.
"""

from __future__ import annotations

from .contexts import Context as Context
from .events import EventStream as EventStream
from .polling import Poller as Poller
from .proxies import Proxy as Proxy
from .proxies import proxy as proxy
from .proxies import proxy_steerable as proxy_steerable
from .socket import Socket as Socket
