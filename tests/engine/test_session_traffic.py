"""A session in traffic: partial writes, full inboxes, commands in between, and what breaks the rules."""

from __future__ import annotations

import errno

import pytest

import zmqx
from zmqx.constants import Event
from zmqx.engine.reactor import READ, WRITE

from ..support.raw_peer import GREETING, frame, ready
from ..support.virtual_reactor import VirtualReactor
from ..support.virtual_socket import VirtualSocket
from ..support.virtual_stream import VirtualNetwork, VirtualPeer
from .conftest import MakeSocket

PING = frame(b"\x04PING\0\0", 4)


def _joined(make_socket: MakeSocket, network: VirtualNetwork, **options: object) -> tuple[VirtualSocket, VirtualPeer]:
    """A PAIR with its peer, hands shaken."""
    pair = make_socket(zmqx.PAIR, **options)
    pair.bind("mem://here")
    peer = network.call("here").shake_hands("PAIR", None)
    pair.events()
    return pair, peer


# -- writing


@pytest.mark.parametrize("room", [1, 2, 7, 100])
def test_what_the_stream_does_not_take_follows_when_it_does(
    make_socket: MakeSocket, network: VirtualNetwork, room: int
) -> None:
    pair, peer = _joined(make_socket, network)
    peer.stream.room = room
    messages = [b"x" * size for size in (0, 1, 300, 5000, 9)]
    for message in messages:
        pair.send(message)
    pair.send([b"several", b"", b"frames"])
    got = peer.take_frames()
    assert [body for _, body in got] == [*messages, b"several", b"", b"frames"]
    assert [flags for flags, _ in got][-3:] == [1, 1, 0]


def test_readiness_to_write_is_watched_only_while_something_waits(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pair, peer = _joined(make_socket, network)
    fd = peer.stream.peer.fileno()
    assert reactor.watched[fd] == READ
    peer.stream.room = 3
    pair.send(b"longer than that")
    reactor.settle()
    assert reactor.watched[fd] == READ | WRITE
    peer.take()
    assert reactor.watched[fd] == READ


def test_a_lone_message_leaves_at_once_and_a_burst_gathers(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pair, peer = _joined(make_socket, network)
    reactor.advance(10)
    pair.send(b"one")
    assert bytes(peer.stream._incoming) == frame(b"one")
    for body in (b"two", b"three"):
        pair.send(body)
    assert bytes(peer.stream._incoming) == frame(b"one"), "the burst does not gather"
    assert [body for _, body in peer.take_frames()] == [b"one", b"two", b"three"]


def test_a_lone_message_after_a_pause_does_not_gather(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor
) -> None:
    pair, peer = _joined(make_socket, network)
    for body in (b"one", b"two"):
        reactor.advance(1)
        pair.send(body)
        assert bytes(peer.stream._incoming).endswith(frame(body))


def test_the_send_queue_has_its_mark_and_opens_again(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair, peer = _joined(make_socket, network, sndhwm=10)
    peer.stream.room = 4
    sent = 0
    while pair.send(b"%04d" % sent):
        sent += 1
        assert sent < 1000, "no limit"
    assert pair.unsent >= 10
    got = peer.take_frames()
    assert pair.send(b"%04d" % sent)
    got += peer.take_frames()
    assert [int(body) for _, body in got] == list(range(sent + 1))


def test_pong_waits_behind_a_message_half_written(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair, peer = _joined(make_socket, network)
    peer.stream.room = 5
    pair.send(b"a message of some length")
    peer.send(PING)
    assert peer.take_frames() == [(0, b"a message of some length"), (4, b"\x04PONG")]


def test_a_peer_that_never_reads_gets_bounded_pongs(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    """A flood of PINGs must not fill our memory with answers."""
    pair, peer = _joined(make_socket, network)
    peer.stream.room = 0
    for _ in range(200):
        peer.send(frame(b"\x04PING\0\0" + b"c" * 16, 4) * 500)
    peer.stream.room = 1 << 24
    assert len(peer.take()) < 1 << 20
    assert pair.peers == 1


# -- reading


def test_what_the_stream_splits_anywhere_arrives_whole(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair, peer = _joined(make_socket, network)
    data = frame(b"head", 1) + frame(b"") + PING + frame(b"y" * 300)
    for byte in data:
        peer.send(bytes([byte]))
    assert pair.recv_all() == [[b"head", b""], b"y" * 300]
    assert peer.take_frames() == [(4, b"\x04PONG")]


@pytest.mark.parametrize("mark", [1, 2, 10])
def test_a_full_inbox_stops_the_reading_and_loses_nothing(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, mark: int
) -> None:
    pair, peer = _joined(make_socket, network, rcvhwm=mark)
    peer.stream.peer.room = 1 << 20
    count = 40_000
    peer.send(b"".join(frame(b"%d" % number) for number in range(count)))
    reactor.settle()
    assert peer.stream.peer._incoming, "it reads without end"
    assert peer.stream.peer.fileno() not in reactor.watched
    assert [int(body) for body in pair.recv_all()] == list(range(count))  # type: ignore[arg-type]  # single frames
    assert reactor.watched[peer.stream.peer.fileno()] == READ


def test_an_end_behind_a_full_inbox_is_seen_after_the_messages(
    make_socket: MakeSocket, network: VirtualNetwork
) -> None:
    pair, peer = _joined(make_socket, network, rcvhwm=2)
    peer.send(b"".join(frame(b"%d" % number) for number in range(9)))
    peer.close()
    assert [int(body) for body in pair.recv_all()] == list(range(9))  # type: ignore[arg-type]  # single frames
    assert pair.kinds() == ["DISCONNECTED"]


def test_messages_before_an_end_are_still_received(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair, peer = _joined(make_socket, network)
    peer.send(frame(b"one") + frame(b"two") + frame(b"never whole")[:5])
    peer.close()
    assert pair.kinds() == ["DISCONNECTED"]
    assert pair.peers == 0
    assert pair.recv_all() == [b"one", b"two"]


def test_a_half_closed_peer_is_an_ended_one(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    """As in libzmq: ZMTP knows no half-closed connections."""
    pair, peer = _joined(make_socket, network)
    peer.send(frame(b"last words"))
    peer.stream.end_writing()
    assert peer.gone
    assert pair.recv() == b"last words"
    assert pair.kinds() == ["DISCONNECTED"]


def test_a_write_that_fails_leaves_what_was_sent_to_us(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair, peer = _joined(make_socket, network)
    peer.stream.write([frame(b"answer"), frame(b"and more")])
    peer.stream.close()
    pair.send(b"into the void")
    pair.send(b"again")
    assert pair.recv_all() == [b"answer", b"and more"]
    assert pair.kinds() == ["DISCONNECTED"]


def test_a_reset_ends_the_connection_and_says_why(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair, peer = _joined(make_socket, network)
    peer.stream.break_off(errno.ECONNRESET)
    (lost,) = pair.events()
    assert lost.kind == Event.DISCONNECTED
    assert "reset" in lost.reason.lower()


# -- commands


@pytest.mark.parametrize("context", [b"", b"c", b"sixteen bytes ok"])
def test_a_ping_is_answered_with_its_context(make_socket: MakeSocket, network: VirtualNetwork, context: bytes) -> None:
    _, peer = _joined(make_socket, network)
    peer.send(frame(b"\x04PING\0\0" + context, 4))
    assert peer.take_frames() == [(4, b"\x04PONG" + context)]


def test_a_context_that_is_too_long_comes_back_cut(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    _, peer = _joined(make_socket, network)
    peer.send(frame(b"\x04PING\0\0" + b"0123456789abcdefTAIL", 4))
    assert peer.take_frames() == [(4, b"\x04PONG0123456789abcdef")]


@pytest.mark.parametrize(
    "body",
    [b"", b"\x04PING", b"\x04PING\0", b"\x07UNKNOWNx", b"\xffSHORT", b"\x09SUBSCRIBEtopic", b"\x06CANCELtopic", b"\0"],
)
def test_unknown_and_malformed_commands_are_passed_over(
    make_socket: MakeSocket, network: VirtualNetwork, body: bytes
) -> None:
    pair, peer = _joined(make_socket, network)
    peer.send(frame(b"before") + frame(body, 4) + frame(b"after") + PING)
    assert pair.recv_all() == [b"before", b"after"]
    assert peer.take_frames() == [(4, b"\x04PONG")]


def test_messages_and_commands_keep_their_order_in_one_burst(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    """The pump hands back to the connection at every command, and goes on behind it."""
    pair, peer = _joined(make_socket, network)
    peer.send(b"".join(frame(b"%d" % n) + frame(b"\x04PING\0\0%02d" % n, 4) for n in range(50)))
    assert [int(body) for body in pair.recv_all()] == list(range(50))  # type: ignore[arg-type]  # single frames
    assert [body for _, body in peer.take_frames()] == [b"\x04PONG%02d" % n for n in range(50)]


def test_a_ping_between_the_frames_of_a_message_is_answered(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair, peer = _joined(make_socket, network)
    peer.send(frame(b"a", 1) + PING)
    assert peer.take_frames() == [(4, b"\x04PONG")]
    peer.send(frame(b"b"))
    assert pair.recv() == [b"a", b"b"]


def test_a_publisher_takes_subscriptions_as_commands(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    xpub = make_socket(zmqx.XPUB)
    xpub.bind("mem://news")
    peer = network.call("news").shake_hands("SUB", None)
    peer.send(frame(b"\x09SUBSCRIBEnews", 4))
    assert xpub.recv() == b"\x01news"


def test_commands_wait_behind_a_full_inbox(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair, peer = _joined(make_socket, network, rcvhwm=2)
    peer.send(frame(b"1") + frame(b"2") + PING + frame(b"3"))
    assert pair.recv_all() == [b"1", b"2", b"3"]
    assert peer.take_frames() == [(4, b"\x04PONG")]


# -- broken rules


def test_a_frame_of_just_the_limit_passes_and_one_more_byte_does_not(
    make_socket: MakeSocket, network: VirtualNetwork
) -> None:
    pair, peer = _joined(make_socket, network, maxmsgsize=300)
    peer.send(frame(b"x" * 300))
    assert pair.recv() == b"x" * 300
    peer.send(frame(b"before") + (b"\x02" + (301).to_bytes(8, "big")))
    assert peer.gone, "the header alone is enough"
    assert pair.recv() == b"before"
    (lost,) = pair.events()
    assert lost.kind == Event.DISCONNECTED
    assert "301" in lost.reason
    assert "300" in lost.reason


def test_a_small_frame_over_a_small_limit(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair, peer = _joined(make_socket, network, maxmsgsize=2)
    peer.send(frame(b"ab") + frame(b"abc"))
    assert peer.gone
    assert pair.recv_all() == [b"ab"]


def test_the_limit_is_per_frame_not_per_message(make_socket: MakeSocket, network: VirtualNetwork) -> None:
    pair, peer = _joined(make_socket, network, maxmsgsize=4)
    peer.send(frame(b"four", 1) * 3 + frame(b"four"))
    assert pair.recv() == [b"four"] * 4


@pytest.mark.parametrize("size", [1 << 40, (1 << 63), (1 << 64) - 1])
def test_an_absurd_length_costs_no_memory(make_socket: MakeSocket, network: VirtualNetwork, size: int) -> None:
    pair, peer = _joined(make_socket, network)
    peer.send(frame(b"ok") + b"\x02" + size.to_bytes(8, "big") + b"some bytes")
    assert pair.recv() == b"ok"
    assert peer.gone is (size > (1 << 63) - 1)


def test_a_reply_without_its_delimiter_costs_a_rep_its_connection(
    make_socket: MakeSocket, network: VirtualNetwork
) -> None:
    req = make_socket(zmqx.REQ)
    req.bind("mem://ask")
    peer = network.call("ask").shake_hands("REP", None)
    req.send(b"question")
    assert [body for _, body in peer.take_frames()] == [b"", b"question"]
    peer.send(frame(b"no delimiter"))
    assert peer.gone
    assert "envelope" in req.events()[-1].reason


@pytest.mark.parametrize("garbage", [b"\0" * 64, b"\xff" * 64, bytes(range(256))], ids=["zeros", "ones", "ramp"])
def test_garbage_never_escapes_as_an_exception(
    make_socket: MakeSocket, network: VirtualNetwork, reactor: VirtualReactor, garbage: bytes
) -> None:
    pair = make_socket(zmqx.PAIR, handshake_ivl=500)
    pair.bind("mem://dump")
    for start in (b"", GREETING[:10], GREETING, GREETING + ready("PAIR", None)):
        peer = network.call("dump")
        for byte in start + garbage:
            if peer.gone:
                break
            peer.stream.send(bytes([byte]))
        reactor.advance(1000)
        pair.recv_all()
        if not peer.stream.closed:
            peer.close()
    assert pair.peers == 0
