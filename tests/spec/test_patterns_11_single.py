"""docs/spec/patterns.md, section 11: CLIENT, SERVER, PEER, SCATTER, GATHER, CHANNEL, and their rows in section 1.

A stable build of libzmq has these types over inproc only, and without routing ids: there it judges. Elsewhere nobody
does, but a libzmq built with drafts: tests/interop/test_drafts.py.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest

import zmqx
from tests.support.callers import Caller, until
from tests.support.raw_peer import RawPeer, frame
from zmqx.errors import EFAULT, EHOSTUNREACH

from .lib import DEADLINE, Lib
from .states import row, states

SINGLE = [zmqx.CLIENT, zmqx.SERVER, zmqx.RADIO, zmqx.SCATTER, zmqx.PEER, zmqx.CHANNEL]
PARTNER = {
    zmqx.CLIENT: zmqx.SERVER,
    zmqx.SERVER: zmqx.CLIENT,
    zmqx.SCATTER: zmqx.GATHER,
    zmqx.GATHER: zmqx.SCATTER,
    zmqx.CHANNEL: zmqx.CHANNEL,
    zmqx.PEER: zmqx.PEER,
}


def plain(lib: Lib, kind: int, **options: int) -> Any:
    """A socket that pyzmq can make as well: it cannot watch one of these types."""
    return lib.bare_socket(kind, rcvtimeo=DEADLINE, sndtimeo=DEADLINE, linger=0, **options)


def name(kind: int) -> str:
    return zmqx.SocketType(kind).name


@states("P11.1")
@pytest.mark.parametrize("kind", SINGLE, ids=name)
def test_no_message_of_several_frames_is_begun(kind: int, lib: Lib) -> None:
    socket = plain(lib, kind)
    with lib.fails(zmqx.EINVAL):
        socket.send(b"x", zmqx.SNDMORE | zmqx.DONTWAIT)
    with lib.fails(zmqx.EINVAL):
        socket.send_multipart([b"x", b"y"], zmqx.DONTWAIT)


@states("P11.2")
@pytest.mark.parametrize(
    ("kind", "peer"),
    [(kind, name(PARTNER[kind])) for kind in (zmqx.CLIENT, zmqx.SERVER, zmqx.GATHER, zmqx.CHANNEL, zmqx.PEER)],
    ids=lambda value: value if isinstance(value, str) else name(value),
)
def test_messages_of_several_frames_are_discarded_whole(kind: int, peer: str, ours: Lib) -> None:
    socket = ours.socket(kind)
    with RawPeer.connect(ours.bind(socket)) as raw:
        raw.shake_hands(peer, None)
        raw.send(frame(b"one") + frame(b"a", 1) + frame(b"b"))
        raw.send(frame(b"", 1) + frame(b"", 1) + frame(b"") + frame(b"two"))
        assert [socket.recv(), socket.recv()] == [b"one", b"two"]
        assert not socket.poll(0)


@states("P11.3")
@pytest.mark.parametrize("kind", [*SINGLE, zmqx.DISH, zmqx.GATHER], ids=name)
def test_there_is_no_descriptor(kind: int, ours: Lib) -> None:
    """pyzmq does not even ask its libzmq."""
    with ours.fails(zmqx.EINVAL):
        ours.socket(kind).getsockopt(zmqx.FD)


@states("P11.4")
def test_threads_may_share_one(ours: Lib) -> None:
    """Four threads send on one socket, and four receive from another: each message comes once."""
    client, server = ours.pair(zmqx.CLIENT, zmqx.SERVER)
    assert client.getsockopt(zmqx.THREAD_SAFE) == server.getsockopt(zmqx.THREAD_SAFE) == 1
    seen: list[bytes] = []

    def send(first: int) -> None:
        for number in range(first, first + 250):
            client.send(b"%d" % number)

    def receive() -> None:
        for _ in range(250):
            seen.append(server.recv())

    threads = [threading.Thread(target=send, args=(first,)) for first in range(0, 1000, 250)]
    threads += [threading.Thread(target=receive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(map(int, seen)) == list(range(1000))


@pytest.mark.parametrize(
    ("kind", "safe"),
    [row("O1.81", kind, int(kind in (*SINGLE, zmqx.DISH, zmqx.GATHER)), name=kind.name) for kind in zmqx.SocketType],
)
def test_thread_safe_tells_the_families_apart(kind: int, safe: int, lib: Lib) -> None:
    socket = plain(lib, kind)
    assert socket.getsockopt(zmqx.THREAD_SAFE) == safe
    with lib.fails(zmqx.EINVAL):
        socket.setsockopt(zmqx.THREAD_SAFE, 1)


@states("P11.5")
def test_there_is_never_more(lib: Lib) -> None:
    left, right = plain(lib, zmqx.CHANNEL), plain(lib, zmqx.CHANNEL)
    lib.join(left, right, transport="inproc")
    left.send(b"x")
    assert right.recv() == b"x"
    assert right.getsockopt(zmqx.RCVMORE) == 0


# -- CLIENT, SCATTER and GATHER


@states("P11.6", "P1.41")
def test_a_client_sends_in_turn_and_hears_in_turn(ours: Lib) -> None:
    client, servers = ours.socket(zmqx.CLIENT), [ours.socket(zmqx.SERVER) for _ in range(3)]
    for server in servers:
        client.connect(ours.bind(server))
    ours.await_peers(client, 3)
    for number in range(6):
        client.send(b"%d" % number)
    heard = [[server.recv(copy=False) for _ in range(2)] for server in servers]
    assert sorted(tuple(int(one.bytes) for one in pair) for pair in heard) == [(0, 3), (1, 4), (2, 5)]
    for server, pair in zip(servers, heard):
        for _ in range(2):
            server.send(b"%d" % (int(pair[0].bytes) % 3), routing_id=pair[0].routing_id)
    until(lambda: ours.peers(client) == 3 and sum(len(pipe.inbox) for pipe in client._core._ports.pipes) == 6)
    answers = [client.recv() for _ in range(6)]
    assert sorted(answers[:3]) == sorted(answers[3:]) == [b"0", b"1", b"2"]


@states("P11.9", "P1.46", "P1.47")
def test_what_is_scattered_is_gathered(lib: Lib) -> None:
    scatter, gathers = plain(lib, zmqx.SCATTER), [plain(lib, zmqx.GATHER) for _ in range(2)]
    lib.join(scatter, *gathers, transport="inproc")
    for number in range(4):
        scatter.send(b"%d" % number)
    assert [[gather.recv() for _ in range(2)] for gather in gathers] == [[b"0", b"2"], [b"1", b"3"]]
    gather, scatters = plain(lib, zmqx.GATHER), [plain(lib, zmqx.SCATTER) for _ in range(2)]
    lib.join(gather, *scatters, transport="inproc")
    for body, sender in enumerate(scatters):
        for _ in range(2):
            sender.send(b"%d" % body)
    assert [gather.recv() for _ in range(4)] == [b"0", b"1", b"0", b"1"]


@pytest.mark.parametrize(
    ("kind", "call"),
    [row("P1.46", zmqx.SCATTER, "recv"), row("P1.47", zmqx.GATHER, "send")],
)
def test_who_does_not_send_or_receive(kind: int, call: str, lib: Lib) -> None:
    socket = plain(lib, kind)
    with lib.fails(zmqx.ENOTSUP):
        if call == "send":
            socket.send(b"x", zmqx.DONTWAIT)
        else:
            socket.recv(zmqx.DONTWAIT)


@pytest.mark.parametrize(
    "kind", [row("P1.41", zmqx.CLIENT), row("P1.46", zmqx.SCATTER), row("P1.48 P11.10", zmqx.CHANNEL)]
)
def test_nobody_there_and_no_room(kind: int, lib: Lib) -> None:
    """The two marks add up over inproc."""
    sender, receiver = plain(lib, kind, sndhwm=1), plain(lib, PARTNER[kind], rcvhwm=1)
    with lib.fails(zmqx.EAGAIN):
        sender.send(b"x", zmqx.DONTWAIT)
    lib.join(receiver, sender, transport="inproc")
    assert sender.getsockopt(zmqx.EVENTS) & zmqx.POLLOUT
    for _ in range(2):
        sender.send(b"x", zmqx.DONTWAIT)
    with lib.fails(zmqx.EAGAIN):
        sender.send(b"x", zmqx.DONTWAIT)
    assert not sender.getsockopt(zmqx.EVENTS) & zmqx.POLLOUT


# -- SERVER and PEER


@states("P11.7", "P1.42")
def test_each_message_to_a_server_has_the_number_of_its_peer(ours: Lib) -> None:
    server = ours.socket(zmqx.SERVER)
    endpoint = ours.bind(server)
    numbers = []
    clients = []
    for _ in range(3):
        client = ours.socket(zmqx.CLIENT)
        client.connect(endpoint)
        client.send(b"who am I?")
        numbers.append(server.recv(copy=False).routing_id)
        clients.append(client)
    assert all(0 < number < 2**32 for number in numbers)
    assert [(number - numbers[0]) % 2**32 for number in numbers] == [0, 1, 2]
    for number, client in zip(numbers, clients):
        server.send(b"%d" % number, routing_id=number)
        assert client.recv() == b"%d" % number


@states("P11.7")
def test_the_first_number_is_random(ours: Lib) -> None:
    seen = set()
    for _ in range(4):
        client, server = ours.pair(zmqx.CLIENT, zmqx.SERVER)
        client.send(b"x")
        seen.add(server.recv(copy=False).routing_id)
    assert len(seen) > 1


@states("P11.7", "P1.42")
def test_numbers_that_lead_nowhere(ours: Lib) -> None:
    server = ours.socket(zmqx.SERVER)
    client = ours.socket(zmqx.CLIENT)
    ours.join(server, client)
    client.send(b"x")
    number = server.recv(copy=False).routing_id
    for wrong in (None, number % (2**32 - 1) + 1):
        with ours.fails(EHOSTUNREACH):
            server.send(b"x", routing_id=wrong)
    with ours.fails(zmqx.EINVAL):
        server.send(b"x", routing_id=0)
    with ours.fails(zmqx.EINVAL):
        zmqx.Frame(b"x").routing_id = 0
    ours.close(client)
    ours.await_loss(server)
    with ours.fails(EHOSTUNREACH):
        server.send(b"x", routing_id=number)


@states("P11.7", "P1.42", "P1.50")
def test_a_server_waits_for_a_full_client(ours: Lib) -> None:
    server, client = ours.socket(zmqx.SERVER, sndhwm=1), ours.socket(zmqx.CLIENT, rcvhwm=1)
    ours.join(server, client, transport="inproc")
    client.send(b"x")
    number = server.recv(copy=False).routing_id
    for body in (b"1", b"2"):
        server.send(body, zmqx.DONTWAIT, routing_id=number)
    with ours.fails(zmqx.EAGAIN):
        server.send(b"3", zmqx.DONTWAIT, routing_id=number)
    assert server.getsockopt(zmqx.EVENTS) & zmqx.POLLOUT
    waiting = Caller(server.send, b"3", routing_id=number).waits_for(server)
    assert [client.recv() for _ in range(3)] == [b"1", b"2", b"3"]
    waiting.result()


@states("P11.7")
def test_no_number_is_on_the_wire(ours: Lib) -> None:
    server = ours.socket(zmqx.SERVER)
    with RawPeer.connect(ours.bind(server)) as raw:
        assert b"Identity" not in raw.shake_hands("CLIENT", None)
        raw.send(frame(b"ping"))
        server.send(b"pong", routing_id=server.recv(copy=False).routing_id)
        assert raw.recv_frame() == (0, b"pong")


@states("P11.8", "P1.43")
def test_a_peer_knows_whom_it_connects_to_at_once(ours: Lib) -> None:
    """Messages queue until the other is there."""
    left, right = ours.socket(zmqx.PEER), ours.socket(zmqx.PEER)
    endpoint = ours.bind(right)
    right.unbind(endpoint)
    number = left.connect_peer(endpoint)
    assert 0 < number < 2**32
    left.send(b"early", routing_id=number)
    right.bind(endpoint)
    got = right.recv(copy=False)
    assert got.bytes == b"early"
    right.send(b"answer", routing_id=got.routing_id)
    answer = left.recv(copy=False)
    assert (answer.bytes, answer.routing_id) == (b"answer", number)
    with ours.fails(EHOSTUNREACH):
        left.send(b"x")


@states("P11.8")
def test_connect_peer_is_for_peers_without_immediate(ours: Lib) -> None:
    with ours.fails(EFAULT):
        ours.socket(zmqx.PEER, immediate=1).connect_peer("tcp://127.0.0.1:5999")
    for kind in (zmqx.SERVER, zmqx.DEALER, zmqx.CHANNEL):
        with ours.fails(zmqx.ENOTSUP):
            ours.socket(kind).connect_peer("tcp://127.0.0.1:5999")


@states("P1.43")
def test_a_peer_waits_for_a_full_one(ours: Lib) -> None:
    left, right = ours.socket(zmqx.PEER, sndhwm=1), ours.socket(zmqx.PEER, rcvhwm=1)
    number = left.connect_peer(ours.bind(right, "inproc"))
    for _ in range(2):
        left.send(b"x", zmqx.DONTWAIT, routing_id=number)
    with ours.fails(zmqx.EAGAIN):
        left.send(b"x", zmqx.DONTWAIT, routing_id=number)


# -- CHANNEL


@states("P11.10", "P1.48")
def test_a_channel_has_one_peer(lib: Lib) -> None:
    left, right = plain(lib, zmqx.CHANNEL), plain(lib, zmqx.CHANNEL)
    lib.join(left, right, transport="inproc")
    left.send(b"there")
    assert right.recv() == b"there"
    right.send(b"back")
    assert left.recv() == b"back"


@states("P11.10")
def test_a_second_peer_of_a_channel_is_closed(ours: Lib) -> None:
    """As of a PAIR (decision 0010)."""
    left, right = ours.pair(zmqx.CHANNEL, zmqx.CHANNEL)
    with RawPeer.connect(ours.last_endpoint(left)) as third:
        third.greet()
        third.send(frame(b"\x05READY\x0bSocket-Type\0\0\0\x07CHANNEL", 4))
        assert third.ended()
    left.send(b"x")
    assert right.recv() == b"x"
