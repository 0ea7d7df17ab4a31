"""The numbers of the API: pyzmq's, under pyzmq's names."""

from __future__ import annotations

import pytest
import zmq

import zmqx
from zmqx import constants

EXPORTED = sorted(name for name in dir(zmqx) if name.isupper() and isinstance(getattr(zmqx, name), int))
GROUPS = [
    "SocketType",
    "SocketOption",
    "ContextOption",
    "Event",
    "Flag",
    "PollEvent",
    "MessageOption",
    "SecurityMechanism",
    "ReconnectStop",
    "RouterNotify",
]

# zmq.h has these; pyzmq does not.
IN_ZMQ_H = {"ZERO_COPY_RECV": 10}

# What is a matter of the library, not a number of the interface.
OWN = {"COPY_THRESHOLD", "DRAFT_API", "PYZMQ_DRAFT_API"}


def test_there_are_many() -> None:
    assert len(EXPORTED) > 100


@pytest.mark.parametrize("name", [name for name in EXPORTED if name not in OWN])
def test_a_constant_is_pyzmqs(name: str) -> None:
    """What pyzmq does not have is an errno that it leaves to the module of that name, or stands in zmq.h."""
    if hasattr(zmq, name):
        assert int(getattr(zmqx, name)) == int(getattr(zmq, name))
    else:
        import errno

        assert getattr(zmqx, name) == IN_ZMQ_H.get(name, getattr(errno, name, None))


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_of_constants_is_pyzmqs(group: str) -> None:
    ours = getattr(constants, group)
    theirs = getattr(zmq.constants, group)
    for name, member in ours.__members__.items():
        if name in IN_ZMQ_H:
            continue
        found = theirs[name] if name in theirs.__members__ else getattr(zmq, name)
        assert int(member) == int(found), name


@pytest.mark.parametrize("group", GROUPS)
def test_every_member_is_exported_under_its_own_name(group: str) -> None:
    prefix = {"Event": "EVENT_", "ReconnectStop": "RECONNECT_STOP_", "RouterNotify": "NOTIFY_"}.get(group, "")
    for name, member in getattr(constants, group).__members__.items():
        assert int(getattr(zmqx, prefix + name)) == int(member)


def test_flags_together_are_a_plain_int() -> None:
    assert type(zmqx.DONTWAIT | zmqx.SNDMORE) is int
    assert zmqx.NOBLOCK is zmqx.DONTWAIT
