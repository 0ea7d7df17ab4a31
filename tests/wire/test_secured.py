"""Connections with every mechanism: whole handshakes in any pieces, traffic, limits, and bytes that were spoiled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.constants import SocketType
from zmqx.errors import ProtocolError
from zmqx.message import Item, Subscription
from zmqx.wire.connection import Connection
from zmqx.wire.events import Asked, Ping
from zmqx.wire.frames import COMMAND, LONG, MORE, frame
from zmqx.wire.states import Phase

from ..support.chance import chances
from ..support.raw_peer import GREETING
from .driver import Feeding, every_feeding, no_more, pieces
from .secured import MECHANISMS, admit, client_of, server_of, talk

every_mechanism = pytest.mark.parametrize("mechanism", MECHANISMS)

ITEMS: list[Item] = [b"", b"x", b"y" * 255, b"z" * 256, [b"", b"two"], [b"a", b"", b"c" * 300], b"w" * 70_000, b"end"]


def hear(made: Connection, chunks: list[bytes], most: int = 1000) -> tuple[list[Item], ProtocolError | None]:
    """Feed a connection that lets everybody in, and take what comes."""
    got: list[Item] = []
    try:
        for chunk in chunks:
            made.receive(chunk)
            admit(made)
            while items := made.take(most):
                got += items
                no_more(got)
    except ProtocolError as error:
        return got, error
    return got, None


def hear_only(made: Connection, chunks: list[bytes]) -> tuple[int, ProtocolError | None]:
    """Feed a connection, and let nobody in; how many chunks it took."""
    for count, chunk in enumerate(chunks):
        try:
            made.receive(chunk)
        except ProtocolError as error:
            return count, error
    return len(chunks), None


# -- good ones


@every_mechanism
@every_feeding
def test_a_handshake_and_traffic_in_any_pieces(mechanism: str, feeding: Feeding) -> None:
    one = talk(mechanism)
    data = b"".join(one.said) + one.send(ITEMS)
    again = server_of(mechanism)
    chunks = feeding.chunks(data[:2000]) + [data[2000:40_000], data[40_000:]]
    assert hear(again, chunks, feeding.most) == (ITEMS, None)


@every_mechanism
def test_both_know_each_other(mechanism: str) -> None:
    one = talk(mechanism, SocketType.DEALER, SocketType.ROUTER, routing_id=b"me", properties=[(b"X-a", b"1")])
    assert one.server.peer is not None
    assert one.server.peer.said() == {"Socket-Type": "DEALER", "Identity": "me", "X-a": "1"}
    assert one.client.peer is not None
    assert one.client.peer.said() == {"Socket-Type": "ROUTER", "Identity": "me", "X-a": "1"}


@every_mechanism
def test_small_messages_one_by_one(mechanism: str) -> None:
    one = talk(mechanism)
    for item in (b"", b"x", b"y" * 255, [b"", b"answer"], b"z" * 5000):
        data = one.client.encode_small(item)
        if data is None:
            data = one.send([item])
        assert one.server.decoder.push(data, 10) == [item]


@pytest.mark.parametrize("kind", [SocketType.PUB, SocketType.XPUB])
@every_mechanism
def test_subscriptions(mechanism: str, kind: int) -> None:
    one = talk(mechanism, SocketType.SUB, kind)
    changes: list[Item] = [Subscription(b"", True), Subscription(b"t" * 300, True), Subscription(b"", False)]
    one.server.receive(one.send(changes))
    assert one.server.take(10) == changes


def test_subscriptions_of_a_peer_of_3_0_are_messages() -> None:
    """Its dialect is told by the greeting, which is not sealed."""
    client, server = client_of("CURVE", SocketType.SUB), server_of("CURVE", SocketType.XPUB)
    client.receive(GREETING[:11] + b"\0" + b"CURVE".ljust(20, b"\0") + bytes(32))
    server.receive(client.take_output())
    server_said = server.take_output()[len(GREETING) :]
    while server_said:
        client.receive(server_said)
        server.receive(client.take_output())
        admit(server)
        server_said = server.take_output()
    assert client.phase is Phase.TRAFFIC
    server.receive(b"".join(map(bytes, client.encode([Subscription(b"AB", True)]))))
    assert server.take(10) == [b"\x01AB"]


@every_mechanism
def test_heartbeats(mechanism: str) -> None:
    one = talk(mechanism)
    one.client.ping(1200)
    one.server.receive(one.client.take_output())
    assert one.server.take(10) == []
    (event,) = one.server.take_events()
    assert isinstance(event, Ping)
    assert event.ttl == 1200
    one.client.receive(one.server.take_output())
    assert one.client.take(10) == []


def test_commands_are_sealed_in_the_order_in_which_they_leave() -> None:
    """A PING waits in the output while messages are encoded: its number must come after theirs."""
    one = talk("CURVE")
    one.client.ping(0)
    first = one.send([b"first"])
    ping = one.client.take_output()
    assert hear(one.server, [first, ping, one.send([b"last"])]) == ([b"first", b"last"], None)


# -- in question


@every_mechanism
def test_nothing_is_received_while_the_peer_is_in_question(mechanism: str) -> None:
    one = talk(mechanism)
    server = server_of(mechanism)
    server.receive(b"".join(one.said) + one.send([b"early"]))
    assert [type(event) for event in server.take_events()] == [Asked]
    assert server.take(10) == []
    server.receive(b"")
    assert server.take_events() == []
    server.admit()
    assert server.phase is Phase.TRAFFIC
    assert server.take(10) == [b"early"]


@every_mechanism
def test_a_peer_in_question_cannot_fill_our_memory(mechanism: str) -> None:
    server = server_of(mechanism)
    server.receive(b"".join(talk(mechanism).said))
    _, error = hear_only(server, [bytes(8192)] * 20)
    assert error is not None
    assert "in question" in str(error)


@pytest.mark.parametrize("status", [300, 400, 500])
@every_mechanism
def test_who_is_refused_gets_nothing_through(mechanism: str, status: int) -> None:
    one = talk(mechanism)
    server = server_of(mechanism)
    server.receive(b"".join(one.said))
    server.take_output()
    # What PLAIN's client says next is there already.
    if mechanism == "PLAIN":
        with pytest.raises(ProtocolError, match="after it was refused"):
            server.refuse(status)
    else:
        server.refuse(status)
    told = server.take_output()
    assert told == (b"" if status == 300 else frame(b"\x05ERROR\x03%d" % status, COMMAND))
    assert server.phase is Phase.HANDSHAKE
    assert server.take(10) == []


def test_old_peers_cannot_pass_by_a_mechanism() -> None:
    for mechanism in MECHANISMS:
        server = server_of(mechanism)
        with pytest.raises(ProtocolError, match="cannot authenticate itself"):
            server.receive(b"\x01\x00")


@pytest.mark.parametrize("theirs", MECHANISMS)
@pytest.mark.parametrize("ours", MECHANISMS)
def test_mechanisms_that_do_not_match(ours: str, theirs: str) -> None:
    if ours == theirs:
        return
    server = server_of(ours)
    name = theirs.encode().ljust(20, b"\0")
    with pytest.raises(ProtocolError, match=theirs) as caught:
        server.receive(GREETING[:12] + name + bytes(32))
    assert caught.value.code == ProtocolError.MECHANISM_MISMATCH


# -- traffic that is not as it should be


def sealed(data: bytes, flags: int = 0, outer: int = 0) -> tuple[Connection, bytes]:
    """A server in traffic, and one sealed frame for it, in an outer frame with flags of its own."""
    one = talk("CURVE")
    channel = one.client._mechanism.channel
    assert channel is not None
    return one.server, frame(channel.seal(flags, data), outer)


def test_sealed_frames_in_command_frames_are_messages_too() -> None:
    """As the RFC has it. libzmq drops them."""
    server, data = sealed(b"x", outer=COMMAND)
    assert hear(server, [data]) == ([b"x"], None)


def test_other_flags_inside_mean_nothing() -> None:
    server, data = sealed(b"x", flags=0xFC)
    assert hear(server, [data]) == ([b"x"], None)


def test_more_outside_is_an_error() -> None:
    """libzmq glues messages together then."""
    server, data = sealed(b"x", outer=MORE)
    got, error = hear(server, [data])
    assert got == []
    assert error is not None
    assert error.code == ProtocolError.MALFORMED_MESSAGE
    server, data = sealed(b"x", outer=MORE)
    got, error = hear(server, [data + frame(b"y")])
    assert (got, type(error)) == ([], ProtocolError)


@pytest.mark.parametrize("flags", [0, COMMAND])
@pytest.mark.parametrize("body", [b"", b"plain text", b"\x04PING\0\0", b"\x07MESSAGE", b"\x07MESSAGE" + bytes(24)])
def test_plain_text_is_an_error(flags: int, body: bytes) -> None:
    one = talk("CURVE")
    got, error = hear(one.server, [one.send([b"good"]) + frame(body, flags) + one.send([b"lost"])])
    assert got == [b"good"]
    assert error is not None
    assert error.code & 0xFFFFFF00 == ProtocolError.ZMTP_UNSPECIFIED


def test_the_limit_is_on_what_travels_and_comes_before_opening() -> None:
    """33 bytes are the seal's; that such a frame cannot be opened does not show."""
    one = talk("CURVE", max_message_size=100)
    assert hear(one.server, [one.send([b"x" * 67])]) == ([b"x" * 67], None)
    got, error = hear(one.server, [bytes((LONG,)) + (101).to_bytes(8, "big")])
    assert got == []
    assert error is not None
    assert "exceeds the limit of 100" in str(error)


def test_what_comes_before_an_error_counts() -> None:
    one = talk("CURVE")
    data = one.send([b"%d" % index for index in range(200)])
    spoiled = bytearray(one.send([b"bad"]))
    spoiled[-1] ^= 1
    got, error = hear(one.server, [data + bytes(spoiled) + one.send([b"lost"])], most=7)
    assert got == [b"%d" % index for index in range(200)]
    assert error is not None
    assert error.code == ProtocolError.CRYPTOGRAPHIC


# -- anything at all


@chances(150)
@given(
    st.sampled_from(MECHANISMS),
    st.sampled_from(["flip", "cut", "insert", "repeat", "swap", "drop"]),
    st.integers(0, 10_000),
    st.binary(min_size=1, max_size=20),
    st.randoms(use_true_random=False),
)
def test_a_spoiled_client(mechanism: str, how: str, at: int, noise: bytes, chance: object) -> None:
    """Only errors of the protocol come out, and under CURVE nothing that was not said, in its order."""
    one = talk(mechanism)
    items: list[Item] = [b"one", [b"two", b"three"], b"four" * 100]
    frames = [*one.said, *[one.send([item]) for item in items]]
    index = at % len(frames)
    if how == "repeat":
        frames.insert(index, frames[index])
    elif how == "drop":
        del frames[index]
    elif how == "swap":
        frames[index], frames[index - 1] = frames[index - 1], frames[index]
    data = b"".join(frames)
    place = at % len(data)
    if how == "flip":
        data = data[:place] + bytes((data[place] ^ (noise[0] or 1),)) + data[place + 1 :]
    elif how == "cut":
        data = data[:place] + data[place + len(noise) :]
    elif how == "insert":
        data = data[:place] + noise + data[place:]
    got, error = hear(server_of(mechanism), pieces(data, chance))
    assert error is None or type(error) is ProtocolError
    if mechanism == "CURVE":
        left = iter(items)
        assert all(item in left for item in got), "reordered, repeated or forged"


@chances(150)
@given(
    st.sampled_from(MECHANISMS),
    st.integers(0, 4),
    st.sampled_from([b"HELLO", b"WELCOME", b"INITIATE", b"READY", b"ERROR", b"MESSAGE", b"PING", b""]),
    st.one_of(st.binary(max_size=400), st.integers(0, 400).map(bytes)),
    st.sampled_from([0, MORE, COMMAND]),
    st.booleans(),
)
def test_any_command_at_any_time(
    mechanism: str, after: int, name: bytes, data: bytes, flags: int, to_server: bool
) -> None:
    one = talk(mechanism)
    begin = one.said[:after]
    made = server_of(mechanism) if to_server else client_of(mechanism)
    if to_server:
        hear(made, begin)
    else:
        made.receive(GREETING[:12] + mechanism.encode().ljust(20, b"\0") + bytes(32))
    got, error = hear(made, [frame(bytes((len(name),)) + name + data, flags)])
    assert error is None or isinstance(error, ProtocolError)
    if mechanism == "CURVE":
        assert got == []
