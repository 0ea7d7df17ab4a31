"""zmqx: ZeroMQ for Python, written in Python. The public names, nothing else."""

from __future__ import annotations

from ._accel import accelerated as accelerated
from .accounts import Drop as Drop
from .accounts import Peer as Peer
from .accounts import SocketStats as SocketStats
from .constants import *  # noqa: F403  # the groups of numbers
from .errors import EACCES as EACCES
from .errors import EADDRINUSE as EADDRINUSE
from .errors import EADDRNOTAVAIL as EADDRNOTAVAIL
from .errors import EAFNOSUPPORT as EAFNOSUPPORT
from .errors import EAGAIN as EAGAIN
from .errors import ECONNABORTED as ECONNABORTED
from .errors import ECONNREFUSED as ECONNREFUSED
from .errors import ECONNRESET as ECONNRESET
from .errors import EFAULT as EFAULT
from .errors import EFSM as EFSM
from .errors import EHOSTUNREACH as EHOSTUNREACH
from .errors import EINPROGRESS as EINPROGRESS
from .errors import EINVAL as EINVAL
from .errors import EMFILE as EMFILE
from .errors import EMSGSIZE as EMSGSIZE
from .errors import EMTHREAD as EMTHREAD
from .errors import ENAMETOOLONG as ENAMETOOLONG
from .errors import ENETDOWN as ENETDOWN
from .errors import ENETRESET as ENETRESET
from .errors import ENETUNREACH as ENETUNREACH
from .errors import ENOBUFS as ENOBUFS
from .errors import ENOCOMPATPROTO as ENOCOMPATPROTO
from .errors import ENODEV as ENODEV
from .errors import ENOENT as ENOENT
from .errors import ENOTCONN as ENOTCONN
from .errors import ENOTSOCK as ENOTSOCK
from .errors import ENOTSUP as ENOTSUP
from .errors import EPROTONOSUPPORT as EPROTONOSUPPORT
from .errors import ETERM as ETERM
from .errors import ETIMEDOUT as ETIMEDOUT
from .errors import Again as Again
from .errors import ContextTerminated as ContextTerminated
from .errors import Errno as Errno
from .errors import NotDone as NotDone
from .errors import ZMQBaseError as ZMQBaseError
from .errors import ZMQBindError as ZMQBindError
from .errors import ZMQError as ZMQError
from .errors import strerror as strerror
from .face import Endpoint as Endpoint
from .message import Frame as Frame
from .message import MessageTracker as MessageTracker
from .names import *  # noqa: F403  # the numbers of the API, as pyzmq exports them
from .sync import Context as Context
from .sync import Socket as Socket
from .waiting import EventStream as EventStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .capabilities import has as has
    from .capabilities import pyzmq_version as pyzmq_version
    from .capabilities import pyzmq_version_info as pyzmq_version_info
    from .capabilities import zmq_version as zmq_version
    from .capabilities import zmq_version_info as zmq_version_info
    from .devices import Proxy as Proxy
    from .devices import device as device
    from .devices import proxy as proxy
    from .devices import proxy_steerable as proxy_steerable
    from .engine.monitor import SocketEvent as SocketEvent
    from .keys import curve_keypair as curve_keypair
    from .keys import curve_public as curve_public
    from .polling import Poller as Poller
    from .polling import select as select
    from .polling import zmq_poll as zmq_poll
else:
    # Not every program needs these: they are loaded when they are.
    _LATER = {
        "has": "capabilities",
        "pyzmq_version": "capabilities",
        "pyzmq_version_info": "capabilities",
        "zmq_version": "capabilities",
        "zmq_version_info": "capabilities",
        "Proxy": "devices",
        "device": "devices",
        "proxy": "devices",
        "proxy_steerable": "devices",
        "SocketEvent": "engine.monitor",
        "curve_keypair": "keys",
        "curve_public": "keys",
        "Poller": "polling",
        "select": "polling",
        "zmq_poll": "polling",
    }

    def __getattr__(name):
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(f".{_LATER[name]}", __name__), name)
        return value

    def __dir__():
        return sorted({*globals(), *_LATER})

Message = Frame  # pyzmq's older name

__version__ = "0.1.0"

if not TYPE_CHECKING:
    del TYPE_CHECKING
    __all__ = [name for name in __dir__() if name[0] != "_" and not hasattr(globals().get(name), "__spec__")]
    __all__.remove("annotations")
