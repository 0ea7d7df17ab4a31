"""STREAM: raw bytes, with peers that never heard of ZeroMQ and with another STREAM."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import zmqx

from ..support.raw_peer import RawListener, RawPeer
from .conftest import TRANSPORTS, Joiner

over_all = pytest.mark.parametrize("transport", [name for name in TRANSPORTS if name not in ("inproc", "ws")])
over_tcp = pytest.mark.parametrize("transport", ["tcp"])

WITHIN = 5000  # ms


@pytest.fixture
def server(joiner: Joiner) -> zmqx.Socket:
    socket = joiner.socket(zmqx.STREAM)
    joiner.bind(socket)
    return socket


@pytest.fixture
def peer(server: zmqx.Socket) -> Iterator[RawPeer]:
    with RawPeer.connect(server.last_endpoint.decode()) as made:
        yield made


@over_all
def test_a_dialogue_with_a_plain_peer(server: zmqx.Socket, peer: RawPeer) -> None:
    who, empty = server.recv_multipart(timeout=WITHIN)
    assert empty == b""
    for number in range(10):
        peer.send(b"question %d" % number)
        assert server.recv_multipart(timeout=WITHIN) == [who, b"question %d" % number]
        server.send_multipart([who, b"answer %d" % number])
        assert peer.recv(8) == b"answer %d" % number
    server.send_multipart([who, b"bye"])
    server.send_multipart([who, b""])
    assert peer.recv(3) == b"bye"
    assert peer.ended()
    with pytest.raises(zmqx.ZMQError) as caught:
        server.send_multipart([who, b"too late"])
    assert caught.value.errno == zmqx.EHOSTUNREACH


@over_all
def test_frame_by_frame_as_old_programs_do(server: zmqx.Socket, peer: RawPeer) -> None:
    """Every frame of bytes ends a message, whatever its flag."""
    peer.send(b"GET /")
    who = server.recv(timeout=WITHIN)
    assert server.getsockopt(zmqx.RCVMORE)
    assert server.recv(timeout=WITHIN) == b""
    assert server.recv_multipart(timeout=WITHIN) == [who, b"GET /"]
    server.send(who, zmqx.SNDMORE)
    server.send(b"page", zmqx.SNDMORE)
    server.send(who, zmqx.SNDMORE)
    server.send(b"", zmqx.SNDMORE)
    assert peer.recv(4) == b"page"
    assert peer.ended()
    with pytest.raises(zmqx.ZMQError) as caught:
        server.send(b"nobody", zmqx.SNDMORE)
    assert caught.value.errno == zmqx.EHOSTUNREACH


@over_all
def test_many_bytes_both_ways(joiner: Joiner, server: zmqx.Socket) -> None:
    client = joiner.socket(zmqx.STREAM)
    client.connect(server.last_endpoint)
    to_server = client.getsockopt(zmqx.ROUTING_ID)
    to_client = server.recv_multipart(timeout=WITHIN)[0]
    assert client.recv_multipart(timeout=WITHIN) == [to_server, b""]
    data = bytes(range(256)) * 4000
    for sender, receiver, way in ((client, server, to_server), (server, client, to_client)):
        for start in range(0, len(data), 10_000):
            sender.send_multipart([way, data[start : start + 10_000]])
        got = b""
        while len(got) < len(data):
            got += receiver.recv_multipart(timeout=WITHIN)[1]
        assert got == data
    client.close()
    assert server.recv_multipart(timeout=WITHIN) == [to_client, b""]


@over_all
def test_batches(server: zmqx.Socket, peer: RawPeer) -> None:
    who = server.recv_multipart(timeout=WITHIN)[0]
    assert server.send_many([[who, b"%d" % number] for number in range(10)]) == 10
    assert peer.recv(10) == b"0123456789"
    peer.send(b"x" * 20_000)
    got = b""
    while len(got) < 20_000:
        got += b"".join(data for _, data in server.recv_many(timeout=WITHIN))
    assert got == b"x" * 20_000


@over_tcp
def test_a_plain_server_that_goes_is_found_again(joiner: Joiner) -> None:
    client = joiner.socket(zmqx.STREAM, reconnect_ivl=5)
    with RawListener() as listener:
        client.connect(listener.endpoint)
        who = client.getsockopt(zmqx.ROUTING_ID)
        for number in range(3):
            with listener.accept() as peer:
                assert client.recv_multipart(timeout=WITHIN) == [who, b""]
                client.send_multipart([who, b"%d" % number])
                assert peer.recv(1) == b"%d" % number
            assert client.recv_multipart(timeout=WITHIN) == [who, b""]


@over_all
def test_peers_are_seen(server: zmqx.Socket, peer: RawPeer) -> None:
    who = server.recv_multipart(timeout=WITHIN)[0]
    (seen,) = server.peers()
    assert (seen.routing_id, seen.socket_type, seen.mechanism) == (who, "", "")
    assert server.wait_connected(1, timeout=WITHIN) == 1
    seen.disconnect()
    assert peer.ended()
    assert server.recv_multipart(timeout=WITHIN) == [who, b""]


@over_tcp
def test_frames_know_their_peer(server: zmqx.Socket, peer: RawPeer) -> None:
    peer.send(b"x")
    for data in (b"", b"x"):
        frames = server.recv_multipart(copy=False, timeout=WITHIN)
        assert [frame.more for frame in frames] == [True, False]
        assert frames[1].bytes == data
        assert {frame["Peer-Address"] for frame in frames} == {"127.0.0.1"}
