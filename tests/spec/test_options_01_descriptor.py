"""docs/spec/options.md, section 1: FD."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.callers import until
from ..support.descriptor import lit
from .lib import Lib
from .states import states

IN_TIME = 10.0


def asked(socket: Any) -> int:
    return int(socket.getsockopt(zmqx.EVENTS))


@states("O1.14")
def test_it_becomes_readable_when_a_message_comes(lib: Lib) -> None:
    pull, push = lib.pair(zmqx.PULL, zmqx.PUSH)
    until(lambda: not asked(pull) and not lit(pull))
    for number in range(20):
        push.send(b"%d" % number)
        until(lambda: lit(pull, IN_TIME) and asked(pull) & zmqx.POLLIN)
        assert pull.recv(zmqx.DONTWAIT) == b"%d" % number
        until(lambda: not asked(pull) and not lit(pull))


@states("O1.14")
def test_it_stays_readable(lib: Lib) -> None:
    """libzmq's has to be read empty before one may wait for it again."""
    pull, push = lib.pair(zmqx.PULL, zmqx.PUSH)
    until(lambda: not asked(pull) and not lit(pull))
    push.send(b"1")
    push.send(b"2")
    until(lambda: lit(pull, IN_TIME) and asked(pull) & zmqx.POLLIN)
    assert pull.recv() == b"1"
    assert pull.poll(1000)
    assert asked(pull) & zmqx.POLLIN
    assert lit(pull) == lib.differs(ours=True, libzmq=False, see="0010")
    assert pull.recv() == b"2"


@states("O1.14")
@pytest.mark.parametrize("kind", [zmqx.CLIENT, zmqx.SERVER, zmqx.RADIO, zmqx.DISH, zmqx.GATHER, zmqx.SCATTER])
def test_thread_safe_types_have_none(ours: Lib, kind: int) -> None:
    """pyzmq makes them only with a libzmq that has drafts."""
    with ours.fails(zmqx.EINVAL):
        ours.bare_socket(kind).getsockopt(zmqx.FD)


@states("O1.14")
def test_it_is_the_same_every_time_and_ends_with_the_socket(lib: Lib) -> None:
    pull = lib.bare_socket(zmqx.PULL)
    fd = pull.getsockopt(zmqx.FD)
    assert fd == pull.FD == pull.fileno() == pull.getsockopt(zmqx.FD) > 2
    with lib.fails(zmqx.EINVAL):
        pull.setsockopt(zmqx.FD, 3)
    pull.close()
    with lib.fails(zmqx.ENOTSOCK):
        pull.getsockopt(zmqx.FD)
