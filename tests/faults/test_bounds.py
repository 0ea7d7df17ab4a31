"""What one peer can make us hold is bounded: by what it really sent, by the marks, by the limits of the handshake."""

from __future__ import annotations

import socket
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

import zmqx
from zmqx.constants import Event

from ..support.events import await_event
from ..support.raw_peer import GREETING, SIGNATURE, RawPeer, address_of, frame, ready
from ..support.raw_websocket import unmasked, upgraded
from .conftest import Company

MB = 1 << 20
CLAIM = (1 << 62).to_bytes(8, "big")


@pytest.fixture
def memory() -> Iterator[Callable[[], int]]:
    """The most bytes held since the test began."""
    tracemalloc.start()
    first, _ = tracemalloc.get_traced_memory()
    yield lambda: tracemalloc.get_traced_memory()[1] - first
    tracemalloc.stop()


def send_often(peer: RawPeer, data: bytes, times: int) -> None:
    for _ in range(times):
        peer.send(data)


@pytest.mark.parametrize("limit", [-1, 100, 1000, MB])
def test_a_claim_costs_nothing(company: Callable[..., Company], memory: Callable[[], int], limit: int) -> None:
    """2^62 bytes are announced. With a limit that ends the connection at the header; without, they may come."""
    good = company("PULL", maxmsgsize=limit)
    with RawPeer.connect(good.endpoint) as peer:
        peer.shake_hands("PUSH")
        peer.send(b"\x02" + CLAIM + b"some of it")
        if limit < 0:
            good.talks()
            assert peer.is_left_alone()
        else:
            assert peer.ended()
    [reason] = good.ended(1)
    assert reason == (
        "the peer closed the connection" if limit < 0 else f"a frame of {1 << 62} bytes exceeds the limit of {limit}"
    )
    good.talks()
    assert memory() < 3 * MB


@pytest.mark.parametrize(
    "said",
    [GREETING + b"\x06" + CLAIM, SIGNATURE + b"\1\x08\x02" + CLAIM, SIGNATURE[:1] + CLAIM + b"\0", b"G" + b"\xff" * 70],
    ids=["READY", "2.0-identity", "1.0-identity", "1.0-frame"],
)
def test_a_claim_in_the_handshake_costs_nothing(
    company: Callable[..., Company], memory: Callable[[], int], said: bytes
) -> None:
    good = company("PULL", handshake_ivl=0)
    with RawPeer.connect(good.endpoint) as peer:
        peer.send(said)
        if said.startswith(b"G"):
            peer.send(CLAIM)
        assert peer.ended()
    good.ended(1)
    good.talks()
    assert memory() < MB


@pytest.mark.parametrize("size", [0, 1, 999, 1000])
def test_a_frame_of_just_the_limit_passes(ctx: zmqx.Context, size: int) -> None:
    pull = ctx.socket(zmqx.PULL, maxmsgsize=1000)
    with RawPeer.connect(pull.bind("tcp://127.0.0.1:*")) as peer:
        peer.shake_hands("PUSH")
        peer.send(frame(bytes(size), 1) + b"\x02" + size.to_bytes(8, "big") + bytes(size))
        assert pull.recv_multipart(timeout=10_000) == [bytes(size)] * 2


@pytest.mark.parametrize("start", [GREETING, SIGNATURE + b"\1\x08"], ids=["3.1", "2.0"])
def test_a_handshake_without_end_is_ended(
    company: Callable[..., Company], memory: Callable[[], int], start: bytes
) -> None:
    """Frames with more to come, each within the limit, must not add up for as long as the handshake lasts."""
    good = company("PULL", handshake_ivl=0)
    with RawPeer.connect(good.endpoint) as peer:
        peer.send(start)
        with pytest.raises(ConnectionError):
            send_often(peer, frame(bytes(50_000), 1), 400)
    assert all(good.ended(1))
    good.talks()
    assert memory() < 2 * MB


def test_a_peer_that_never_reads_its_pongs(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], memory: Callable[[], int]
) -> None:
    pull = ctx.socket(zmqx.PULL)
    with RawPeer.connect(pull.bind(endpoint_of("ipc"))) as peer:
        peer.shake_hands("PUSH")
        pings = frame(b"\x04PING\0\0" + bytes(16), 4) * 160
        for _ in range(400):
            peer.send(pings + frame(b"next"))
            assert pull.recv(timeout=10_000) == b"next"
    assert memory() < MB // 2


@pytest.mark.parametrize("kind", ["PUB", "XPUB", "ROUTER"])
def test_a_peer_that_never_reads_its_messages(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], memory: Callable[[], int], kind: str
) -> None:
    """Its share is dropped at the mark; the others get all of theirs."""
    sock = ctx.socket(getattr(zmqx, kind), sndhwm=10)
    endpoint = sock.bind(endpoint_of("ipc"))
    their_type = "DEALER" if kind == "ROUTER" else "SUB"
    head = [b"good"] if kind == "ROUTER" else []
    with RawPeer.connect(endpoint) as deaf, RawPeer.connect(endpoint) as good:
        for peer, name in ((deaf, b"deaf"), (good, b"good")):
            peer.shake_hands(their_type, name)
            peer.send(frame(b"\x09SUBSCRIBE", 4) + frame(b"\x04PING\0\0", 4))
            # Answered: so the subscription has been heard.
            while peer.recv_frame() != (4, b"\x04PONG"):
                pass
        for number in range(500):
            body = b"%d" % number + bytes(50_000)
            if kind == "ROUTER":
                sock.send_multipart([b"deaf", body])
            sock.send_multipart([*head, body])
            assert good.recv_message() == [body]
        assert memory() < 3 * MB
        assert deaf.recv_message() == [b"0" + bytes(50_000)]


def test_a_socket_that_is_never_read_holds_its_mark(
    ctx: zmqx.Context, endpoint_of: Callable[[str], str], memory: Callable[[], int]
) -> None:
    """The peer's bytes stay in the system's buffers, and the peer notices."""
    pull = ctx.socket(zmqx.PULL, rcvhwm=10)
    with RawPeer.connect(pull.bind(endpoint_of("ipc"))) as peer:
        peer.shake_hands("PUSH")
        peer.sock.settimeout(0.3)
        sent = 0
        try:
            while sent < 2000:
                peer.send(frame(b"%d" % sent + bytes(50_000)))
                sent += 1
        except TimeoutError:
            pass  # as it should be
        assert 10 <= sent < 100
        assert memory() < 3 * MB
        peer.sock.close()
        got = [int(pull.recv(timeout=10_000)[:-50_000]) for _ in range(sent)]
        assert got == list(range(sent))
        assert not pull.poll(20)


def test_reports_that_nobody_reads_are_bounded(company: Callable[..., Company]) -> None:
    """A subscriber that asks and cancels for ever is sent away at some time; others stay."""
    good = company("XPUB")
    events = good.sock.events(Event.DISCONNECTED)
    with RawPeer.connect(good.endpoint) as peer:
        peer.greet()
        peer.send(ready("SUB", None))
        change = (frame(b"\x09SUBSCRIBEx", 4) + frame(b"\x06CANCELx", 4)) * 2000
        with pytest.raises(ConnectionError):
            send_often(peer, change, 1000)  # some of it is taken in while we keep the interpreter
    assert "faster than anybody reads them" in await_event(events, Event.DISCONNECTED).reason
    good.talks()


@pytest.mark.parametrize("limit", ["handshake_bytes", "handshake_total_bytes"])
def test_what_comes_before_a_websocket_is_open_is_bounded_too(ctx: zmqx.Context, limit: str) -> None:
    pull = ctx.socket(zmqx.PULL, **{limit: 1000})
    endpoint = pull.bind("ws://127.0.0.1:*").replace("ws:", "tcp:").rstrip("/")
    head = b"GET / HTTP/1.1\r\nX-Padding: " + b"x" * (900 if limit == "handshake_bytes" else 400)
    with pull.events(zmqx.Event.HANDSHAKE_FAILED_PROTOCOL) as events:
        crowd = [socket.create_connection(address_of(endpoint), timeout=20) for _ in range(3)]
        try:
            for peer in crowd:
                peer.sendall(head)
            if limit == "handshake_bytes":
                with pytest.raises(zmqx.Again):
                    events.recv(timeout=100)
                crowd[0].sendall(head)
            event = events.recv(timeout=10_000)
            assert event is not None
            assert "HTTP head" in event.reason or "HANDSHAKE_TOTAL_BYTES" in event.reason
        finally:
            for peer in crowd:
                peer.close()


@pytest.mark.parametrize("limit", ["handshake_bytes", "handshake_total_bytes"])
def test_what_a_websocket_gathers_before_the_handshake_is_bounded_too(ctx: zmqx.Context, limit: str) -> None:
    """A command in pieces without an end."""
    pull = ctx.socket(zmqx.PULL, **{limit: 5000})
    with pull.events(zmqx.Event.HANDSHAKE_FAILED_PROTOCOL) as events:
        crowd = [upgraded(pull) for _ in range(1 if limit == "handshake_bytes" else 3)]

        def flood() -> None:
            while True:
                for peer in crowd:
                    peer.send(unmasked(b"x" * 100, 0x00))

        try:
            for peer in crowd:
                peer.send(unmasked(b"\2", 0x02))
            with pytest.raises(ConnectionError):
                flood()
            event = events.recv(timeout=10_000)
            assert event is not None
            assert "than a handshake may be" in event.reason or "HANDSHAKE_TOTAL_BYTES" in event.reason
            assert ("HANDSHAKE_TOTAL_BYTES" in event.reason) == (limit == "handshake_total_bytes")
        finally:
            for peer in crowd:
                peer.close()
