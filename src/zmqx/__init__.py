"""zmqx: ZeroMQ for Python, written in Python. The public names, nothing else."""

from __future__ import annotations

from . import constants, errors
from .constants import *  # noqa: F403  # the numbers of the API, as pyzmq exports them
from .devices import proxy
from .errors import (
    Again,
    ContextTerminated,
    NotDone,
    ZMQBindError,
    ZMQError,
    strerror,
)
from .message import Frame, MessageTracker
from .polling import Poller, select
from .sync import Context, Socket

__version__ = "0.1.0"
