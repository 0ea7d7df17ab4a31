"""docs/spec/errors.md, section 1: ZeroMQ's own numbers."""

from __future__ import annotations

import errno
import importlib.util
from types import ModuleType

import pytest
import zmq

import zmqx
from zmqx import errors

from .lib import Lib
from .states import row, states

BASE = 156384712


@pytest.mark.parametrize(
    ("name", "number", "text"),
    [
        row("R1.1", "EFSM", 156384763, "Operation cannot be accomplished in current state"),
        row("R1.2", "ENOCOMPATPROTO", 156384764, "The protocol is not compatible with the socket type"),
        row("R1.3", "ETERM", 156384765, "Context was terminated"),
        row("R1.4", "EMTHREAD", 156384766, "No thread available"),
    ],
)
def test_own_numbers(lib: Lib, name: str, number: int, text: str) -> None:
    assert getattr(lib.zmq, name) == number
    assert lib.zmq.strerror(number) == text


POSIX = {
    "ENOTSUP": 1,
    "EPROTONOSUPPORT": 2,
    "ENOBUFS": 3,
    "ENETDOWN": 4,
    "EADDRINUSE": 5,
    "EADDRNOTAVAIL": 6,
    "ECONNREFUSED": 7,
    "EINPROGRESS": 8,
    "ENOTSOCK": 9,
    "EMSGSIZE": 10,
    "EAFNOSUPPORT": 11,
    "ENETUNREACH": 12,
    "ECONNABORTED": 13,
    "ECONNRESET": 14,
    "ENOTCONN": 15,
    "ETIMEDOUT": 16,
    "EHOSTUNREACH": 17,
    "ENETRESET": 18,
}


def _loaded_anew() -> ModuleType:
    spec = importlib.util.spec_from_file_location("errors_again", errors.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@states("R1.5")
@pytest.mark.parametrize(("name", "offset"), POSIX.items())
def test_a_number_that_the_platform_lacks(monkeypatch: pytest.MonkeyPatch, name: str, offset: int) -> None:
    assert getattr(_loaded_anew(), name) == getattr(errno, name)
    monkeypatch.delattr(errno, name)
    assert getattr(_loaded_anew(), name) == BASE + offset


@states("R1.6")
@pytest.mark.parametrize("name", [*POSIX, "EAGAIN", "EFAULT", "EINTR", "EINVAL", "EMFILE", "ENODEV", "ENOENT"])
def test_numbers_are_the_platforms(name: str) -> None:
    assert getattr(errors, name) == getattr(errno, name)
    assert getattr(zmq, name, getattr(errno, name)) == getattr(errors, name)


@states("R1.6")
def test_two_numbers_of_linux() -> None:
    assert (zmqx.EAGAIN, zmqx.EHOSTUNREACH) == (11, 113)


@states("R1.7")
def test_the_text_of_a_number_that_platforms_word_differently(lib: Lib) -> None:
    assert lib.zmq.strerror(zmqx.EHOSTUNREACH) == "Host unreachable"
