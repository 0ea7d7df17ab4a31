"""Every option of the table: default, range and access as libzmq has them, and errors that name the option."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest
import zmq

import zmqx
from zmqx.constants import ContextOption, NativeOption, SocketOption, SocketType
from zmqx.constants import ContextOption as X
from zmqx.constants import SocketOption as O
from zmqx.options import (
    ACTION,
    CLOSE,
    CONTEXT_TABLE,
    ENDPOINT,
    NOW,
    SOCKET_TABLE,
    AcceptFilterOption,
    BytesOption,
    CredentialOption,
    IdFilterOption,
    IntOption,
    KeyOption,
    MetadataOption,
    ProxyOption,
    RefusedOption,
    Settings,
)

HWM = int(SocketOption.HWM)  # pyzmq knows it only as an attribute
# Not in a stable libzmq.
DRAFT = {
    int(option)
    for option in (
        O.XSUB_VERBOSE_UNSUBSCRIBE,
        O.PRIORITY,
        O.BUSY_POLL,
        O.ROUTER_NOTIFY,
        O.IN_BATCH_SIZE,
        O.OUT_BATCH_SIZE,
        O.HELLO_MSG,
        O.DISCONNECT_MSG,
        O.HICCUP_MSG,
    )
}
# libzmq takes them whether there is PGM or not.
PGM = {int(option) for option in (O.RATE, O.RECOVERY_IVL, O.MULTICAST_MAXTPDU)}
# A descriptor is another each time, and where there is none pyzmq says so in its own way.
NUMBERS = sorted(set(map(int, SocketOption)) - {HWM, int(O.FD)})
# pyzmq cannot read them.
KEYS = {number for number in NUMBERS if isinstance(SOCKET_TABLE[number], KeyOption)}
JUDGED = [number for number in NUMBERS if number not in DRAFT | PGM | KEYS]
INTS = [number for number in NUMBERS if isinstance(SOCKET_TABLE[number], IntOption) and number not in DRAFT]
BYTES = [number for number in NUMBERS if isinstance(SOCKET_TABLE[number], BytesOption) and number not in DRAFT | KEYS]
TRIED = [-(2**31), -101, -100, -99, -2, -1, 0, 1, 2, 3, 99, 150, 255, 65535, 65536, 6553599, 6553600, 2**31 - 1]
SIZES = [0, 1, 16, 17, 255, 256]
# What cannot be the routing id of any peer, or the address of a proxy, we refuse; libzmq does not look. Some are
# cleared by NULL there, which is b"" here.
OUR_WAY = {
    (int(O.CONNECT_ROUTING_ID), 256),
    (int(O.BINDTODEVICE), 0),
    (int(O.TCP_ACCEPT_FILTER), 0),
    *((int(O.SOCKS_PROXY), size) for size in SIZES),
    # libzmq stores names of 255 bytes, and then cannot read them.
    (int(O.SOCKS_USERNAME), 255),
    (int(O.SOCKS_PASSWORD), 255),
    (int(O.PLAIN_USERNAME), 255),
    (int(O.PLAIN_PASSWORD), 255),
    (int(O.ZAP_DOMAIN), 255),
}

CLEARED = (AcceptFilterOption, IdFilterOption, ProxyOption, CredentialOption)  # by None as well

every_type = pytest.mark.parametrize("kind", list(SocketType), ids=lambda kind: kind.name)


def name_of(number: int) -> str:
    return SOCKET_TABLE[number].name


def outcome(call: Callable[..., Any], *args: Any) -> Any:
    """What a call returns, or the errno it raises, as ``("errno", n)``."""
    try:
        return call(*args)
    except (zmq.ZMQError, zmqx.ZMQError) as error:
        return ("errno", error.errno)


def probe(socket: Any, number: int) -> Any:
    return outcome(socket.getsockopt, number)


def set_and_read(make: Callable[[], Any], number: int, value: Any) -> tuple[Any, Any]:
    with make() as socket:
        socket.linger = 0
        return outcome(socket.setsockopt, number, value), probe(socket, number)


def survey(context: Any, kind: int) -> tuple[dict[int, Any], dict[tuple[int, Any], Any]]:
    """Defaults of all options, and what becomes of values tried, each on a fresh socket."""

    def make() -> Any:
        return context.socket(kind)

    with make() as socket:
        defaults = {number: probe(socket, number) for number in JUDGED}
    results = {(number, value): set_and_read(make, number, value) for number in INTS for value in TRIED}
    results |= {(number, size): set_and_read(make, number, b"x" * size) for number in BYTES for size in SIZES}
    return defaults, results


@pytest.fixture(scope="module")
def judged() -> dict[int, Any]:
    """What libzmq says, of every type."""
    found = {}
    for kind in SocketType:
        # One for each: libzmq takes its time to give back what its closed sockets held.
        with zmq.Context() as context:
            context.max_sockets = 10_000
            found[int(kind)] = survey(context, kind)
    return found


@every_type
def test_defaults_and_access_are_libzmqs(kind: SocketType, judged: dict[int, Any], ctx: zmqx.Context) -> None:
    """Also what cannot be read, or not on this type."""
    with ctx.socket(kind) as socket:
        assert {name_of(number): probe(socket, number) for number in JUDGED} == {
            name_of(number): value for number, value in judged[kind][0].items()
        }


@every_type
def test_values_are_taken_and_refused_as_by_libzmq(kind: SocketType, judged: dict[int, Any], ctx: zmqx.Context) -> None:
    _, ours = survey(ctx, kind)
    theirs = judged[kind][1]
    assert ours.keys() == theirs.keys()
    different = {
        (name_of(number), value): (ours[number, value], theirs[number, value])
        for number, value in ours
        if ours[number, value] != theirs[number, value] and (number, value) not in OUR_WAY
    }
    assert different == {}


# -- errors that name the option


@pytest.mark.parametrize("number", [number for number in NUMBERS if "w" in SOCKET_TABLE[number].access], ids=name_of)
def test_a_value_of_the_wrong_type_is_a_type_error_that_names_the_option(number: int, ctx: zmqx.Context) -> None:
    row = SOCKET_TABLE[number]
    with ctx.socket(min(row.types)) as socket:
        for wrong in [None, "text", 1.5, [1], b"1"] if isinstance(row, IntOption) else [None, "text", 1, 1.5, [1]]:
            if (wrong is None and isinstance(row, CLEARED)) or (wrong == "text" and isinstance(row, KeyOption)):
                continue
            with pytest.raises(TypeError, match=row.name):
                socket.setsockopt(number, wrong)


@pytest.mark.parametrize("number", INTS, ids=name_of)
def test_a_number_out_of_range_names_option_and_value(number: int) -> None:
    row = SOCKET_TABLE[number]
    assert isinstance(row, IntOption)
    assert row.convert(row.low) is not None
    assert row.convert(row.high) is not None
    for wrong in (row.low - 1, row.high + 1):
        with pytest.raises(zmqx.ZMQError) as caught:
            row.convert(wrong)
        assert caught.value.errno == errno.EINVAL
        assert row.name in str(caught.value)
        assert str(wrong) in str(caught.value)


_GOOD = {AcceptFilterOption: b"10.0.0.0/8", ProxyOption: b"proxy:1080", MetadataOption: b"X-name:value"}


@pytest.mark.parametrize("number", BYTES, ids=name_of)
def test_bytes_out_of_range_name_the_option(number: int) -> None:
    row = SOCKET_TABLE[number]
    assert isinstance(row, BytesOption)
    wrong = [b""] if row.least else []
    wrong += [b"x" * (row.most + 1)] if row.most < 1000 else []
    for value in wrong:
        with pytest.raises(zmqx.ZMQError, match=row.name) as caught:
            row.convert(value)
        assert caught.value.errno == errno.EINVAL
    good = _GOOD.get(type(row), b"x")
    for kind in (bytes, bytearray, memoryview):
        data = row.convert(kind(good))
        assert (data, type(data)) == (good, bytes)


@pytest.mark.parametrize("number", NUMBERS, ids=name_of)
def test_what_cannot_be_read_or_set_or_is_for_others_says_so(number: int, ctx: zmqx.Context) -> None:
    row = SOCKET_TABLE[number]
    value = 0 if isinstance(row, IntOption) else b"x"
    for kind in SocketType:
        allowed = kind in row.types
        with ctx.socket(kind) as socket:
            if not allowed or "r" not in row.access:
                with pytest.raises(zmqx.ZMQError, match=row.name) as caught:
                    socket.getsockopt(number)
                assert caught.value.errno == errno.EINVAL
            if not allowed or "w" not in row.access:
                with pytest.raises(zmqx.ZMQError, match=row.name) as caught:
                    socket.setsockopt(number, value)
                assert caught.value.errno == errno.EINVAL
                assert allowed or "w" not in row.access or kind.name in str(caught.value)


@pytest.mark.parametrize("number", [0, -1, 2, 999, 2**40])
def test_a_number_that_is_no_option(number: int, ctx: zmqx.Context) -> None:
    with ctx.socket(zmqx.PAIR) as socket:
        for call in (lambda: socket.setsockopt(number, 1), lambda: socket.getsockopt(number)):
            with pytest.raises(zmqx.ZMQError, match=str(number)) as caught:
                call()
            assert caught.value.errno == errno.EINVAL
        with pytest.raises(TypeError):
            socket.getsockopt("linger")


# -- the table itself


@pytest.mark.parametrize("number", sorted(SOCKET_TABLE), ids=name_of)
def test_every_row_is_whole(number: int) -> None:
    row = SOCKET_TABLE[number]
    assert row.__doc__
    assert row.access in ("r", "w", "rw") or isinstance(row, RefusedOption)
    assert row.apply in (NOW, ENDPOINT, CLOSE, ACTION)
    assert row.types <= frozenset(SocketType)
    assert row.number == number == int((NativeOption if number >= 10_000 else SocketOption)[row.name])
    if isinstance(row, IntOption) and "w" in row.access and row.apply != ACTION:
        assert row.default == -1 or row.convert(row.default) == row.default


def test_every_number_has_a_row() -> None:
    assert sorted(SOCKET_TABLE) == sorted({*map(int, SocketOption), *map(int, NativeOption)})
    assert max(SocketOption) < 10_000 <= min(NativeOption)
    assert sorted(CONTEXT_TABLE) == sorted(set(map(int, ContextOption)))


@pytest.mark.parametrize(
    ("attribute", "name", "value"),
    [
        ("linger", "LINGER", 7),
        ("sndhwm", "SNDHWM", 3),
        ("routing_id", "ROUTING_ID", b"me"),
        ("identity", "IDENTITY", b"me"),
    ],
)
def test_options_are_attributes_in_both_spellings(attribute: str, name: str, value: Any, ctx: zmqx.Context) -> None:
    with ctx.socket(zmqx.DEALER) as socket:
        setattr(socket, attribute, value)
        assert getattr(socket, name) == socket.getsockopt(SocketOption[name]) == socket.get(SocketOption[name]) == value
        setattr(socket, name, socket.getsockopt(SocketOption[name]))
        assert getattr(socket, attribute) == value


def test_older_names_are_the_same_options() -> None:
    for old, new in (
        ("IDENTITY", "ROUTING_ID"),
        ("CONNECT_RID", "CONNECT_ROUTING_ID"),
        ("FAIL_UNROUTABLE", "ROUTER_MANDATORY"),
    ):
        assert SocketOption[old] is SocketOption[new]


def test_hwm_is_both_marks_as_in_pyzmq(ctx: zmqx.Context) -> None:
    with ctx.socket(zmqx.PUSH) as socket:
        socket.hwm = 5
        assert (socket.sndhwm, socket.rcvhwm, socket.hwm, socket.getsockopt(zmqx.HWM)) == (5, 5, 5, 5)
        socket.setsockopt(zmqx.HWM, 0)
        assert (socket.sndhwm, socket.rcvhwm) == (0, 0)


def test_ipv4only_is_the_inverse_of_ipv6(ctx: zmqx.Context) -> None:
    with ctx.socket(zmqx.PUSH) as socket:
        socket.ipv4only = 0
        assert socket.ipv6 == 1
        socket.ipv6 = 0
        assert socket.ipv4only == 1


def test_text_options(ctx: zmqx.Context) -> None:
    with ctx.socket(zmqx.DEALER) as socket:
        socket.set_string(zmqx.ROUTING_ID, "n\u00e4me")
        assert socket.routing_id == "n\u00e4me".encode()
        assert socket.get_string(zmqx.ROUTING_ID) == "n\u00e4me"
        socket.setsockopt_string(zmqx.ROUTING_ID, "n\u00e4me", encoding="latin-1")
        assert socket.getsockopt_string(zmqx.ROUTING_ID, encoding="latin-1") == "n\u00e4me"
        with pytest.raises(TypeError):
            socket.set_string(zmqx.ROUTING_ID, b"bytes")
        with pytest.raises(TypeError, match="LINGER"):
            socket.get_string(zmqx.LINGER)


def test_an_endpoint_keeps_the_settings_it_was_made_with() -> None:
    first = Settings(SocketType.PUSH)
    second = first.copy()
    first.linger = 5
    assert (first.linger, second.linger) == (5, -1)
    assert Settings(SocketType.SUB).copy().linger == 0


# -- of a context


@pytest.mark.parametrize("number", sorted(CONTEXT_TABLE), ids=lambda number: CONTEXT_TABLE[number].name)
def test_defaults_of_a_context_are_libzmqs(number: int, ctx: zmqx.Context) -> None:
    with zmq.Context() as theirs:
        assert outcome(ctx.get, number) == outcome(theirs.get, number)


# These can be -1, which is also libzmq's sign of an error: pyzmq may take it for one.
CONTEXT_JUDGED = sorted({*CONTEXT_TABLE} - {int(X.THREAD_SCHED_POLICY), int(X.THREAD_NAME_PREFIX)})


@pytest.mark.parametrize("number", CONTEXT_JUDGED, ids=lambda number: ContextOption(number).name)
@pytest.mark.parametrize("value", [-1, 0, 1, 2, 5, 2**31 - 1])
def test_values_of_a_context_are_taken_as_by_libzmq(number: int, value: int) -> None:
    results = []
    for module in (zmq, zmqx):
        context = module.Context()
        refused = outcome(context.set, number, value)
        results.append((refused, outcome(context.get, number)))
        context.term()
    assert results[0] == results[1]


def test_a_wrong_value_of_a_context_names_the_option(ctx: zmqx.Context) -> None:
    with pytest.raises(zmqx.ZMQError, match="MAX_SOCKETS"):
        ctx.set(zmqx.MAX_SOCKETS, 0)
    with pytest.raises(zmqx.ZMQError, match="MSG_T_SIZE"):
        ctx.set(zmqx.MSG_T_SIZE, 1)
    with pytest.raises(AttributeError, match="THREAD_PRIORITY"):
        _ = ctx.thread_priority
    with pytest.raises(zmqx.ZMQError, match="CPU_REMOVE"):
        ctx.set(zmqx.THREAD_AFFINITY_CPU_REMOVE, 1)
    with pytest.raises(zmqx.ZMQError, match="999"):
        ctx.get(999)
    with pytest.raises(TypeError, match="IO_THREADS"):
        ctx.set(zmqx.IO_THREADS, "two")
