"""Options, under all their spellings: what they take, what they refuse, and that a refusal changes nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest

import zmqx


@pytest.fixture
def pull(ctx: zmqx.Context) -> zmqx.Socket:
    return ctx.socket(zmqx.PULL)


WRITE: dict[str, Callable[[zmqx.Socket, int], object]] = {
    "attribute": lambda socket, value: setattr(socket, "linger", value),
    "shouted": lambda socket, value: setattr(socket, "LINGER", value),
    "set": lambda socket, value: socket.set(zmqx.LINGER, value),
    "setsockopt": lambda socket, value: socket.setsockopt(zmqx.LINGER, value),
    "plain-number": lambda socket, value: socket.setsockopt(17, value),
}
READ: dict[str, Callable[[zmqx.Socket], int]] = {
    "attribute": lambda socket: socket.linger,
    "shouted": lambda socket: socket.LINGER,  # type: ignore[attr-defined]
    "get": lambda socket: socket.get(zmqx.LINGER),
    "getsockopt": lambda socket: socket.getsockopt(zmqx.LINGER),
}


@pytest.mark.parametrize("write", WRITE.values(), ids=WRITE)
def test_every_spelling_means_the_same_option(pull: zmqx.Socket, write: Any) -> None:
    write(pull, 1234)
    assert {name: read(pull) for name, read in READ.items()} == dict.fromkeys(READ, 1234)


# What libzmq says of a fresh socket.
DEFAULTS = {
    "LINGER": -1,
    "SNDHWM": 1000,
    "RCVHWM": 1000,
    "SNDTIMEO": -1,
    "RCVTIMEO": -1,
    "MAXMSGSIZE": -1,
    "CONFLATE": 0,
    "IMMEDIATE": 0,
    "RECONNECT_IVL": 100,
    "RECONNECT_IVL_MAX": 0,
    "RECONNECT_STOP": 0,
    "HANDSHAKE_IVL": 30000,
    "CONNECT_TIMEOUT": 0,
    "HEARTBEAT_IVL": 0,
    "HEARTBEAT_TTL": 0,
    "BACKLOG": 100,
    "IPV6": 0,
    "IPV4ONLY": 1,
    "SNDBUF": -1,
    "RCVBUF": -1,
    "TOS": 0,
    "TCP_KEEPALIVE": -1,
    "TCP_KEEPALIVE_CNT": -1,
    "TCP_KEEPALIVE_IDLE": -1,
    "TCP_KEEPALIVE_INTVL": -1,
    "TCP_MAXRT": 0,
    "ROUTING_ID": b"",
    "LAST_ENDPOINT": b"",
    "RCVMORE": 0,
    "EVENTS": 0,
    "TYPE": zmqx.PULL,
    "MECHANISM": zmqx.NULL,
    "INVERT_MATCHING": 0,
    "BINDTODEVICE": b"",
}


def test_a_fresh_socket_has_the_defaults_of_libzmq(pull: zmqx.Socket) -> None:
    assert {name: pull.getsockopt(getattr(zmqx, name)) for name in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize("kind", [zmqx.SUB, zmqx.XSUB])
def test_subscribers_do_not_linger_unless_told_to(ctx: zmqx.Context, kind: int) -> None:
    assert ctx.socket(kind).linger == 0


# Option, values it keeps, values out of its range.
INTS: dict[str, tuple[list[int], list[int]]] = {
    "linger": ([-1, 0, 2**31 - 1], [-2, 2**31, 2**40]),
    "sndhwm": ([0, 1], [-1]),
    "rcvhwm": ([0, 1], [-1]),
    "sndtimeo": ([-1, 0, 5], [-2]),
    "rcvtimeo": ([-1, 0, 5], [-2]),
    "maxmsgsize": ([-(2**63), 2**63 - 1, 0], [2**63, -(2**63) - 1]),
    "conflate": ([0, 1], [2, -1]),
    "immediate": ([0, 1], [2, -1]),
    "reconnect_ivl": ([-1, 0, 7], [-2]),
    "reconnect_ivl_max": ([0, 7], [-1]),
    "reconnect_stop": ([0, 7], []),
    "handshake_ivl": ([0, 7], [-1]),
    "connect_timeout": ([0, 7], [-1]),
    "heartbeat_ivl": ([0, 7], [-1]),
    "heartbeat_timeout": ([0, 7], [-1]),
    "heartbeat_ttl": ([0, 100, 6553500], [6553600, -100]),
    "backlog": ([0, 7], [-1]),
    "ipv6": ([0, 1], [2, -1]),
    "ipv4only": ([0, 1], [2, -1]),
    "sndbuf": ([-1, 0, 7], [-2]),
    "rcvbuf": ([-1, 0, 7], [-2]),
    "tos": ([0, 7], [-1]),
    "tcp_keepalive": ([-1, 0, 1], [-2, 2]),
    "tcp_keepalive_cnt": ([-1, 7], [-2]),
    "tcp_keepalive_idle": ([-1, 7], [-2]),
    "tcp_keepalive_intvl": ([-1, 7], [-2]),
    "tcp_maxrt": ([0, 7], [-1]),
}


@pytest.mark.parametrize("name", INTS)
def test_int_options_keep_what_is_in_range_and_refuse_the_rest(pull: zmqx.Socket, name: str) -> None:
    good, bad = INTS[name]
    for value in good:
        setattr(pull, name, value)
        assert getattr(pull, name) == value
    for value in bad:
        with pytest.raises(zmqx.ZMQError, match=rf"{name.upper()} = {value}") as caught:
            setattr(pull, name, value)
        assert caught.value.errno == zmqx.EINVAL
    assert getattr(pull, name) == good[-1]


@pytest.mark.parametrize(("given", "kept"), [(199, 100), (99, 0), (-99, 0), (6553599, 6553500)])
def test_the_heartbeat_ttl_goes_in_steps_of_a_tenth_of_a_second(pull: zmqx.Socket, given: int, kept: int) -> None:
    pull.heartbeat_ttl = given
    assert pull.heartbeat_ttl == kept


@pytest.mark.parametrize("value", ["1", b"1", 1.0, None, [1]], ids=repr)
def test_an_int_option_takes_nothing_else(pull: zmqx.Socket, value: Any) -> None:
    pull.rcvtimeo = 5
    with pytest.raises(TypeError, match=f"RCVTIMEO.*{type(value).__name__}"):
        pull.rcvtimeo = value
    assert pull.rcvtimeo == 5


@pytest.mark.parametrize("value", ["text", 5, None, [b"x"]], ids=repr)
def test_an_option_of_bytes_takes_nothing_else(pull: zmqx.Socket, value: Any) -> None:
    pull.routing_id = b"before"
    with pytest.raises(TypeError, match="ROUTING_ID"):
        pull.routing_id = value
    assert pull.routing_id == b"before"


@pytest.mark.parametrize("value", [b"", b"x" * 256], ids=["empty", "256-bytes"])
def test_a_routing_id_has_1_to_255_bytes(pull: zmqx.Socket, value: bytes) -> None:
    pull.routing_id = b"y" * 255
    with pytest.raises(zmqx.ZMQError, match="ROUTING_ID") as caught:
        pull.routing_id = value
    assert caught.value.errno == zmqx.EINVAL
    assert pull.identity == b"y" * 255


def test_an_option_of_bytes_keeps_a_copy(pull: zmqx.Socket) -> None:
    value = bytearray(b"before")
    pull.routing_id = value  # type: ignore[assignment]
    value[:] = b"after!"
    assert pull.routing_id == b"before"
    assert type(pull.routing_id) is bytes


@pytest.mark.parametrize("number", [0, 70, 9999, -1])
def test_an_unknown_option_is_refused_by_its_number(pull: zmqx.Socket, number: int) -> None:
    for call in (lambda: pull.setsockopt(number, 1), lambda: pull.getsockopt(number)):
        with pytest.raises(zmqx.ZMQError, match=str(number)) as caught:
            call()
        assert caught.value.errno == zmqx.EINVAL


def test_an_option_is_a_number(pull: zmqx.Socket) -> None:
    with pytest.raises(TypeError, match="str"):
        pull.setsockopt("LINGER", 1)  # type: ignore[arg-type]


def test_a_misspelt_attribute_is_an_error(pull: zmqx.Socket) -> None:
    with pytest.raises(AttributeError):
        pull.lingre = 5  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        pull.lingre  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", ["TYPE", "LAST_ENDPOINT", "RCVMORE", "EVENTS", "MECHANISM"])
def test_some_options_can_only_be_read(pull: zmqx.Socket, name: str) -> None:
    before = pull.getsockopt(getattr(zmqx, name))
    with pytest.raises(zmqx.ZMQError, match=name) as caught:
        pull.setsockopt(getattr(zmqx, name), 1)
    assert caught.value.errno == zmqx.EINVAL
    assert pull.getsockopt(getattr(zmqx, name)) == before


@pytest.mark.parametrize("name", ["ROUTER_MANDATORY", "ROUTER_HANDOVER", "PROBE_ROUTER", "CONNECT_ROUTING_ID"])
def test_some_options_can_only_be_set(ctx: zmqx.Context, name: str) -> None:
    router = ctx.socket(zmqx.ROUTER)
    with pytest.raises(zmqx.ZMQError, match=name) as caught:
        router.getsockopt(getattr(zmqx, name))
    assert caught.value.errno == zmqx.EINVAL


FOREIGN = [
    (zmqx.PULL, "SUBSCRIBE", b""),
    (zmqx.XSUB, "SUBSCRIBE", b""),
    (zmqx.PULL, "UNSUBSCRIBE", b""),
    (zmqx.PUB, "SUBSCRIBE", b""),
    (zmqx.XPUB, "SUBSCRIBE", b"without XPUB_MANUAL"),
    (zmqx.DEALER, "ROUTER_MANDATORY", 1),
    (zmqx.DEALER, "CONNECT_ROUTING_ID", b"x"),
    (zmqx.DEALER, "REQ_RELAXED", 1),
    (zmqx.ROUTER, "REQ_CORRELATE", 1),
    (zmqx.SUB, "XPUB_VERBOSE", 1),
    (zmqx.XSUB, "XPUB_WELCOME_MSG", b"x"),
    (zmqx.SUB, "ONLY_FIRST_SUBSCRIBE", 1),
    (zmqx.PUSH, "PROBE_ROUTER", 1),
]


@pytest.mark.parametrize(("kind", "name", "value"), FOREIGN, ids=[f"{kind.name}-{name}" for kind, name, _ in FOREIGN])
def test_an_option_of_other_socket_types_is_refused(ctx: zmqx.Context, kind: int, name: str, value: Any) -> None:
    with pytest.raises(zmqx.ZMQError, match=name) as caught:
        ctx.socket(kind).setsockopt(getattr(zmqx, name), value)
    assert caught.value.errno == zmqx.EINVAL


def test_the_two_marks_have_one_option(pull: zmqx.Socket) -> None:
    pull.hwm = 7
    assert (pull.sndhwm, pull.rcvhwm, pull.hwm) == (7, 7, 7)


def test_ipv4only_is_the_inverse_of_ipv6(pull: zmqx.Socket) -> None:
    pull.ipv4only = 0
    assert pull.ipv6 == 1
    pull.ipv6 = 0
    assert pull.ipv4only == 1


@pytest.mark.parametrize("suffix", ["string", "opt_string", "opt_unicode"])
def test_options_as_text(pull: zmqx.Socket, suffix: str) -> None:
    spelling = f"_{suffix}" if suffix == "string" else f"sock{suffix}"
    getattr(pull, f"set{spelling}")(zmqx.ROUTING_ID, "gr\u00fcn")
    assert pull.routing_id == "gr\u00fcn".encode()
    assert getattr(pull, f"get{spelling}")(zmqx.ROUTING_ID) == "gr\u00fcn"


def test_text_options_refuse_what_is_no_text(pull: zmqx.Socket) -> None:
    with pytest.raises(TypeError, match="bytes"):
        pull.set_string(zmqx.ROUTING_ID, b"bytes")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="LINGER"):
        pull.get_string(zmqx.LINGER)


def test_text_options_take_an_encoding(pull: zmqx.Socket) -> None:
    pull.set_string(zmqx.ROUTING_ID, "\u00fc", encoding="latin-1")
    assert pull.routing_id == b"\xfc"
    assert pull.get_string(zmqx.ROUTING_ID, encoding="latin-1") == "\u00fc"


def test_options_may_be_given_to_a_new_socket(ctx: zmqx.Context) -> None:
    socket = ctx.socket(zmqx.DEALER, linger=5, routing_id=b"me", RCVTIMEO=7)
    assert (socket.linger, socket.routing_id, socket.rcvtimeo) == (5, b"me", 7)


@pytest.fixture
def tight() -> Iterator[zmqx.Context]:
    """A context that holds one socket at a time."""
    context = zmqx.Context()
    context.set(zmqx.MAX_SOCKETS, 1)
    yield context
    context.term(timeout=5000)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"lingre": 1}, TypeError),
        ({"linger": "1"}, TypeError),
        ({"linger": -2}, zmqx.ZMQError),
        ({"bind": 1}, TypeError),
    ],
    ids=["misspelt", "type", "range", "method"],
)
def test_a_socket_with_a_wrong_option_is_not_made(tight: zmqx.Context, options: Any, error: type[Exception]) -> None:
    for _ in range(2):
        with pytest.raises(error):
            tight.socket(zmqx.PULL, **options)
    tight.socket(zmqx.PULL).close()


def test_a_context_passes_defaults_on_to_later_sockets_of_fitting_types(ctx: zmqx.Context) -> None:
    before = ctx.socket(zmqx.SUB)
    ctx.linger = 5
    ctx.setsockopt(zmqx.ROUTER_MANDATORY, 1)
    ctx.setsockopt(zmqx.SUBSCRIBE, b"news")
    assert ctx.linger == 5
    assert before.linger == 0
    assert ctx.socket(zmqx.PUSH).linger == 5
    subscriber = ctx.socket(zmqx.SUB)
    assert (subscriber.linger, subscriber.topics_count) == (5, 1)
    with pytest.raises(zmqx.ZMQError) as caught:
        ctx.socket(zmqx.ROUTER).send_multipart([b"nobody", b"x"])
    assert caught.value.errno == zmqx.EHOSTUNREACH


def test_the_default_of_a_context_is_checked_at_once(ctx: zmqx.Context) -> None:
    with pytest.raises(TypeError, match="LINGER"):
        ctx.linger = "x"  # type: ignore[assignment]
    with pytest.raises(zmqx.ZMQError, match="LINGER"):
        ctx.linger = -2
    assert ctx.socket(zmqx.PUSH).linger == -1


def test_endpoints_keep_the_options_they_were_made_with(ctx: zmqx.Context) -> None:
    router, dealer = ctx.socket(zmqx.ROUTER), ctx.socket(zmqx.DEALER)
    dealer.routing_id = b"first"
    dealer.connect(router.bind("tcp://127.0.0.1:*"))
    dealer.routing_id = b"second"
    dealer.send(b"who?")
    assert router.recv_multipart(timeout=5000) == [b"first", b"who?"]


@pytest.mark.parametrize("name", ["subscribe", "SUBSCRIBE"])
@pytest.mark.parametrize("topic", ["a", b"a"])
def test_topics_may_be_assigned(ctx: zmqx.Context, name: str, topic: Any) -> None:
    """As pyzmq has it, though ``subscribe`` is a method as well."""
    sub, pub = ctx.socket(zmqx.SUB), ctx.socket(zmqx.PUB)
    pub.bind("inproc://a")
    sub.connect("inproc://a")
    setattr(sub, name, topic)
    assert pub.wait_for_subscribers("a", timeout=10_000)
    pub.send(b"a1")
    assert sub.recv(timeout=10_000) == b"a1"
    sub.subscribe("b")
    setattr(sub, f"un{name}" if name.islower() else f"UN{name}", topic)
    assert sub.getsockopt(zmqx.TOPICS_COUNT) == 1
    with pytest.raises(zmqx.ZMQError, match="SUBSCRIBE is not for a PULL"):
        setattr(ctx.socket(zmqx.PULL), name, topic)


def test_the_type_is_one(pull: zmqx.Socket) -> None:
    assert pull.type is pull.TYPE is zmqx.SocketType.PULL  # type: ignore[attr-defined]
    assert pull.getsockopt(zmqx.TYPE) == zmqx.PULL


@pytest.mark.parametrize("name", ["SUBSCRIBE", "router_mandatory", "hello_msg", "metadata", "rate", "gssapi_server"])
def test_what_cannot_be_read_is_no_attribute(pull: zmqx.Socket, name: str) -> None:
    """To hasattr, inspect and mock, as with pyzmq. By its number it is EINVAL."""
    assert not hasattr(pull, name)
    with pytest.raises(AttributeError, match=name.upper()):
        getattr(pull, name)
    with pytest.raises(zmqx.ZMQError) as caught:
        pull.getsockopt(zmqx.SocketOption[name.upper()])
    assert caught.value.errno == zmqx.EINVAL


def test_sockets_and_contexts_can_be_looked_at(ctx: zmqx.Context, pull: zmqx.Socket) -> None:
    assert "linger" in dict(inspect.getmembers(pull))
    assert mock.create_autospec(pull).linger is not None
    assert "term" in dict(inspect.getmembers(ctx))
    for name in ("rate", "THREAD_AFFINITY_CPU_ADD", "thread_affinity_cpu_remove"):
        assert not hasattr(ctx, name)
    with pytest.raises(zmqx.ZMQError, match="PGM"):
        ctx.getsockopt(zmqx.RATE)
    assert ctx.getsockopt(zmqx.SNDHWM) == 1000
    pull.close()
    with pytest.raises(zmqx.ZMQError, match="closed"):
        hasattr(pull, "linger")
