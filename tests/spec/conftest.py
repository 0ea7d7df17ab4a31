"""Each scenario runs once with zmqx and once with pyzmq. See README.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ..support.judge import judge, judge_process
from .lib import Lib

__all__ = ["judge", "judge_process"]


def _lib(ours: bool, endpoint_of: Callable[[str], str]) -> Iterator[Lib]:
    lib = Lib(ours, endpoint_of)
    try:
        yield lib
    finally:
        lib.end()


@pytest.fixture(params=["zmqx", "pyzmq"])
def lib(request: pytest.FixtureRequest, endpoint_of: Callable[[str], str]) -> Iterator[Lib]:
    """One of the two libraries: a test that takes it runs with both."""
    yield from _lib(request.param == "zmqx", endpoint_of)


@pytest.fixture
def ours(endpoint_of: Callable[[str], str]) -> Iterator[Lib]:
    """zmqx alone: for what libzmq has no interface for, or does not survive."""
    yield from _lib(True, endpoint_of)


@pytest.fixture
def libzmq(endpoint_of: Callable[[str], str]) -> Iterator[Lib]:
    """pyzmq alone: for showing what libzmq does where zmqx does otherwise."""
    yield from _lib(False, endpoint_of)
