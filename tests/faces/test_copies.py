"""A socket is copied as what it is, and not pickled: in both halves, on every face."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import zmqx
import zmqx.asyncio


@pytest.fixture(params=[zmqx.Context, zmqx.asyncio.Context])
def socket(request: pytest.FixtureRequest) -> Iterator[Any]:
    ctx = request.param()
    yield ctx.socket(zmqx.PUSH)
    ctx.destroy(linger=0)


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_a_copy_is_the_socket_itself(socket: Any, make: Callable[[Any], Any]) -> None:
    assert make(socket) is socket
    assert make({"to": [socket]})["to"][0] is socket


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_cannot_be_pickled(socket: Any, protocol: int) -> None:
    """For another process, say: it would be an empty shell there."""
    with pytest.raises(TypeError, match="cannot pickle a Socket: make one where it is to be used"):
        pickle.dumps(socket, protocol)
