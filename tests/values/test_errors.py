"""Numbers, texts and classes of what is raised; pyzmq is the judge."""

from __future__ import annotations

import copy
import errno
import os
import pickle

import pytest
import zmq

import zmqx
from zmqx import errors

NUMBERS = sorted(name for name in vars(errors) if name[0] == "E" and name.isupper())
BASE = 156384712


def test_zeromqs_own_numbers() -> None:
    assert (errors.EFSM, errors.ENOCOMPATPROTO, errors.ETERM, errors.EMTHREAD) == (
        BASE + 51,
        BASE + 52,
        BASE + 53,
        BASE + 54,
    )


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_and_texts_are_pyzmqs(name: str) -> None:
    number = getattr(errors, name)
    assert number == getattr(zmq, name, getattr(errno, name, None))
    assert errors.strerror(number) == zmq.strerror(number)
    ours, theirs = zmqx.ZMQError(number), zmq.ZMQError(number)
    assert (str(ours), ours.errno, ours.strerror) == (str(theirs), theirs.errno, theirs.strerror)


def test_missing_posix_numbers_have_substitutes() -> None:
    assert errors._posix("ENOTSUP", 1) == errno.ENOTSUP
    assert errors._posix("ENOSUCHTHING", 17) == BASE + 17


def test_an_error_with_a_text_says_that() -> None:
    ours, theirs = zmqx.ZMQError(errno.EINVAL, "because"), zmq.ZMQError(errno.EINVAL, "because")
    assert str(ours) == str(theirs) == "because"
    assert ours.errno == theirs.errno == errno.EINVAL
    assert repr(ours) == repr(theirs)
    assert str(zmqx.ZMQError()) == ""
    assert zmqx.ZMQError().errno is None


@pytest.mark.parametrize(("name", "number"), [("Again", errno.EAGAIN), ("ContextTerminated", errors.ETERM)])
def test_two_errors_have_classes_of_their_own(name: str, number: int) -> None:
    ours, theirs = getattr(zmqx, name)(), getattr(zmq, name)()
    assert ours.errno == theirs.errno == number
    assert str(ours) == str(theirs)
    assert isinstance(ours, zmqx.ZMQError)
    assert type(errors.zmq_error(number)) is type(ours)
    assert type(errors.zmq_error(number, "detail")) is type(ours)


def test_every_exception_has_the_root_it_has_in_pyzmq() -> None:
    for name in ("ZMQError", "Again", "ContextTerminated", "ZMQBindError", "NotDone"):
        ours = [base.__name__ for base in getattr(zmqx, name).__mro__]
        theirs = [base.__name__ for base in getattr(zmq, name).__mro__]
        assert ours == theirs, name


def test_details_stand_behind_the_text() -> None:
    error = errors.zmq_error(errno.EINVAL, "LINGER = -2")
    assert str(error) == f"{os.strerror(errno.EINVAL)}: LINGER = -2"
    assert error.errno == errno.EINVAL
    assert type(error) is zmqx.ZMQError
    assert str(errors.zmq_error(errno.EINVAL)) == os.strerror(errno.EINVAL)


@pytest.mark.parametrize(
    "error",
    [
        zmqx.ZMQError(22, "x"),
        zmqx.Again(),
        zmqx.ContextTerminated(msg="y"),
        zmqx.NotDone("z"),
        errors.ProtocolError("p", 7),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_survive_pickling_and_copying(error: Exception) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_the_two_families_never_mix() -> None:
    assert not issubclass(errors.ProtocolError, zmqx.ZMQError)
    assert issubclass(errors.AuthenticationError, errors.ProtocolError)
    assert not hasattr(zmqx, "ProtocolError")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("ZMTP_UNSPECIFIED", "ZMTP_UNSPECIFIED"),
        ("UNEXPECTED_COMMAND", "ZMTP_UNEXPECTED_COMMAND"),
        ("MALFORMED_COMMAND", "ZMTP_MALFORMED_COMMAND_UNSPECIFIED"),
        ("MALFORMED_MESSAGE", "ZMTP_MALFORMED_COMMAND_MESSAGE"),
        ("MALFORMED_ERROR", "ZMTP_MALFORMED_COMMAND_ERROR"),
        ("MALFORMED_READY", "ZMTP_MALFORMED_COMMAND_READY"),
        ("INVALID_METADATA", "ZMTP_INVALID_METADATA"),
        ("MECHANISM_MISMATCH", "ZMTP_MECHANISM_MISMATCH"),
    ],
)
def test_codes_of_protocol_errors_are_libzmqs(ours: str, theirs: str) -> None:
    assert getattr(errors.ProtocolError, ours) == getattr(zmq, f"PROTOCOL_ERROR_{theirs}")


def test_protocol_errors_say_what_happened() -> None:
    error = errors.ProtocolError("too long", 5)
    assert (str(error), error.reason, error.code) == ("too long", "too long", 5)
    assert errors.ProtocolError("x").code == errors.ProtocolError.ZMTP_UNSPECIFIED
    refused = errors.AuthenticationError(400)
    assert refused.status == 400
    assert "400" in str(refused)
