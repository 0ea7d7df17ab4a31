"""PLAIN and CURVE with libzmq, both ways round: everything that two types can say, and who is turned away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import zmqx
from zmqx.constants import Event

from ..support.callers import until
from ..support.curve import CLIENT_KEYS, SERVER_KEYS
from ..support.judge import Judge, JudgeSocket
from .exchange import RULES, Side
from .test_pairings import OPTIONS, PAIRINGS

ZAP = "inproc://zeromq.zap.01"
WELCOME = [b"200", b"OK", b"somebody", b""]

KEYS = {
    "PLAIN": ({"plain_server": 1}, {"plain_username": b"me", "plain_password": b"secret"}),
    "CURVE": (SERVER_KEYS, CLIENT_KEYS),
}
BAD_KEYS = {
    "PLAIN": KEYS["PLAIN"][1],
    "CURVE": {**CLIENT_KEYS, "curve_serverkey": CLIENT_KEYS["curve_publickey"]},
}


def answer(zap: Side, reply: list[bytes]) -> list[bytes]:
    """Answer the next question with this; the question, without version and number."""
    version, number, *question = zap.recv_multipart(timeout=10_000)
    assert version == b"1.0"
    zap.send_multipart([version, number, *reply], timeout=10_000)
    return question


def answering(judge: Judge) -> JudgeSocket:
    """Who answers the judge's questions. libzmq gives a name back some time after the socket was closed."""
    sock = judge.socket("REP")

    def bound() -> bool:
        try:
            sock.bind(ZAP)
        except zmqx.ZMQError:
            return False
        return True

    until(bound)
    return sock


@pytest.fixture
def zap(ctx: zmqx.Context) -> Iterator[zmqx.Socket]:
    with ctx.socket(zmqx.REP, linger=0) as sock:
        sock.bind(ZAP)
        yield sock


def test_plain_needs_an_answer_on_either_side(ctx: zmqx.Context, judge: Judge, zap: zmqx.Socket) -> None:
    """What the rest of the file rests on, in small."""
    server, client = ctx.socket(zmqx.REP, plain_server=1), judge.socket("REQ", **KEYS["PLAIN"][1])
    client.connect(server.bind("tcp://127.0.0.1:*"))
    assert answer(zap, WELCOME) == [b"", b"127.0.0.1", b"", b"PLAIN", b"me", b"secret"]
    client.send_multipart([b"hello"])
    frame = server.recv(copy=False, timeout=10_000)
    assert frame.bytes == b"hello"
    assert frame.get("User-Id") == "somebody"
    assert frame.get("Socket-Type") == "REQ"
    assert frame.get("Peer-Address") == "127.0.0.1"


@pytest.mark.parametrize("mechanism", ["PLAIN", "CURVE"])
@pytest.mark.parametrize("we_serve", [True, False], ids=["zmqx-serves", "libzmq-serves"])
@pytest.mark.parametrize("server_binds", [True, False], ids=["server-binds", "server-connects"])
@pytest.mark.parametrize(("our_type", "their_type"), [pytest.param(*pair, id="-".join(pair)) for pair in PAIRINGS])
def test_everything_that_two_types_can_say(
    ctx: zmqx.Context,
    judge: Judge,
    zap: zmqx.Socket,
    mechanism: str,
    we_serve: bool,
    server_binds: bool,
    our_type: str,
    their_type: str,
) -> None:
    if not we_serve and their_type == "REQ":
        pytest.skip("a REQ of libzmq that has asked a ZAP handler never delivers a reply")
    our_options, their_options = OPTIONS.get((our_type, their_type), ({}, {}))
    our_keys, their_keys = KEYS[mechanism] if we_serve else reversed(KEYS[mechanism])
    their_zap = answering(judge)
    ours = ctx.socket(getattr(zmqx, our_type), **our_options, **our_keys)
    theirs = judge.socket(their_type, **their_options, **their_keys)
    if we_serve is server_binds:
        theirs.connect(ours.bind("tcp://127.0.0.1:*"))
    else:
        ours.connect(theirs.bind("tcp://127.0.0.1:*"))
    answer(zap if we_serve else their_zap, WELCOME)
    ours.wait_connected(timeout=10_000)
    if (our_type, their_type) in RULES:
        RULES[our_type, their_type](ours, theirs)
    else:
        RULES[their_type, our_type](theirs, ours)


@pytest.mark.parametrize("mechanism", ["PLAIN", "CURVE"])
@pytest.mark.parametrize("we_serve", [True, False], ids=["zmqx-serves", "libzmq-serves"])
@pytest.mark.parametrize("status", [400, 500])
def test_who_is_refused_learns_it(
    ctx: zmqx.Context, judge: Judge, zap: zmqx.Socket, mechanism: str, we_serve: bool, status: int
) -> None:
    """libzmq's PLAIN client does not understand a correct ERROR; it goes all the same."""
    our_keys, their_keys = KEYS[mechanism] if we_serve else reversed(KEYS[mechanism])
    their_zap = answering(judge)
    ours, theirs = ctx.socket(zmqx.DEALER, **our_keys), judge.socket("DEALER", **their_keys)
    theirs.watch()
    events = ours.events(Event.HANDSHAKE_FAILED_AUTH | Event.HANDSHAKE_FAILED_PROTOCOL | Event.DISCONNECTED)
    if we_serve:
        theirs.connect(ours.bind("tcp://127.0.0.1:*"))
    else:
        ours.connect(theirs.bind("tcp://127.0.0.1:*"))
    answer(zap if we_serve else their_zap, [b"%d" % status, b"no", b"", b""])
    failed, gone = events.recv(timeout=10_000), events.recv(timeout=10_000)
    assert failed is not None
    assert gone is not None
    assert (failed.kind, failed.value) == (Event.HANDSHAKE_FAILED_AUTH, status)
    assert gone.kind == Event.DISCONNECTED
    told = theirs.event(Event.HANDSHAKE_FAILED_AUTH | Event.HANDSHAKE_FAILED_PROTOCOL)
    if we_serve and mechanism == "PLAIN":
        assert told == (Event.HANDSHAKE_FAILED_PROTOCOL, 0x10000001)
    else:
        assert told == (Event.HANDSHAKE_FAILED_AUTH, status)


@pytest.mark.parametrize("we_serve", [True, False], ids=["zmqx-serves", "libzmq-serves"])
def test_a_wrong_server_key_opens_nothing(ctx: zmqx.Context, judge: Judge, we_serve: bool) -> None:
    server, client = KEYS["CURVE"][0], BAD_KEYS["CURVE"]
    ours = ctx.socket(zmqx.DEALER, **(server if we_serve else client))
    theirs = judge.socket("DEALER", **(client if we_serve else server))
    theirs.watch()
    events = ours.events(Event.HANDSHAKE_FAILED_PROTOCOL | Event.HANDSHAKE_FAILED_NO_DETAIL)
    if we_serve:
        theirs.connect(ours.bind("tcp://127.0.0.1:*"))
        event = events.recv(timeout=10_000)
        assert event is not None
        assert (event.kind, event.value) == (Event.HANDSHAKE_FAILED_PROTOCOL, 0x11000001)
    else:
        ours.connect(theirs.bind("tcp://127.0.0.1:*"))
        assert theirs.event(Event.HANDSHAKE_FAILED_PROTOCOL) == (Event.HANDSHAKE_FAILED_PROTOCOL, 0x11000001)
        event = events.recv(timeout=10_000)
        assert event is not None
        assert event.kind == Event.HANDSHAKE_FAILED_NO_DETAIL


@pytest.mark.parametrize("we_serve", [True, False], ids=["zmqx-serves", "libzmq-serves"])
def test_heartbeats_are_sealed_too(ctx: zmqx.Context, judge: Judge, we_serve: bool) -> None:
    """Both sides ask for answers within 200 ms, and talk after twice that time."""
    beats = {"heartbeat_ivl": 40, "heartbeat_timeout": 200, "heartbeat_ttl": 200}
    our_keys, their_keys = KEYS["CURVE"] if we_serve else reversed(KEYS["CURVE"])
    ours, theirs = ctx.socket(zmqx.PAIR, **our_keys, **beats), judge.socket("PAIR", **their_keys, **beats)
    theirs.connect(ours.bind("tcp://127.0.0.1:*"))
    events = ours.events(Event.DISCONNECTED)
    ours.wait_connected(timeout=10_000)
    with pytest.raises(zmqx.Again):
        events.recv(timeout=400)
    both: list[Callable[[], None]] = [lambda: ours.send(b"x"), lambda: theirs.send_multipart([b"y"])]
    for say in both:
        say()
    assert theirs.recv_multipart() == [b"x"]
    assert ours.recv(timeout=10_000) == b"y"
