"""CLIENT and SERVER, PEER, SCATTER and GATHER, CHANNEL: messages of one frame, over everything that carries them."""

from __future__ import annotations

import pytest

import zmqx
from zmqx.errors import EHOSTUNREACH

from ..support.callers import Caller, until
from .conftest import Joiner


@pytest.mark.parametrize("server_binds", [True, False])
def test_questions_and_answers(joiner: Joiner, server_binds: bool) -> None:
    server, clients = joiner.socket(zmqx.SERVER), [joiner.socket(zmqx.CLIENT) for _ in range(3)]
    endpoint = joiner.bind(server) if server_binds else ""
    for client in clients:
        if server_binds:
            client.connect(endpoint)
        else:
            server.connect(joiner.bind(client))
    server.wait_connected(3, timeout=5000)
    for turn in range(5):
        for number, client in enumerate(clients):
            client.send(b"%d, %d" % (number, turn))
        for _ in clients:
            question = server.recv(copy=False, timeout=5000)
            server.send(b"answer to " + question.bytes, routing_id=question.routing_id)
        for number, client in enumerate(clients):
            assert client.recv(timeout=5000) == b"answer to %d, %d" % (number, turn)


def test_a_frame_that_came_goes_back_to_its_sender(joiner: Joiner) -> None:
    server, client = joiner.pair(zmqx.SERVER, zmqx.CLIENT)
    client.send(b"echo")
    server.send(server.recv(copy=False, timeout=5000))
    assert client.recv(timeout=5000) == b"echo"
    client.send_multipart([b"echo"])
    server.send_multipart(server.recv_multipart(copy=False, timeout=5000))
    assert client.recv(timeout=5000) == b"echo"
    client.send(b"echo")
    assert server.send_many([server.recv(copy=False, timeout=5000)] * 3) == 3
    assert [client.recv(timeout=5000) for _ in range(3)] == [b"echo"] * 3


def test_a_client_that_left_is_out_of_reach(joiner: Joiner) -> None:
    server, client = joiner.pair(zmqx.SERVER, zmqx.CLIENT)
    client.send(b"x")
    number = server.recv(copy=False, timeout=5000).routing_id
    client.close(linger=0)
    until(lambda: server.wait_connected(0) == 0)
    with pytest.raises(zmqx.ZMQError) as caught:
        server.send(b"x", routing_id=number)
    assert caught.value.errno == EHOSTUNREACH


def test_long_messages_whole(joiner: Joiner) -> None:
    server, client = joiner.pair(zmqx.SERVER, zmqx.CLIENT)
    body = bytes(range(256)) * 2000
    client.send(memoryview(body), copy=False)
    question = server.recv(copy=False, timeout=5000)
    assert question.bytes == body
    server.send(question.buffer, copy=False, routing_id=question.routing_id)
    assert client.recv(timeout=5000) == body


def test_text_and_json_to_one_of_them(joiner: Joiner) -> None:
    server, client = joiner.pair(zmqx.SERVER, zmqx.CLIENT)
    client.send_json({"a": 1})
    number = server.recv(copy=False, timeout=5000).routing_id
    server.send_string("text", routing_id=number)
    server.send_json([1], routing_id=number)
    assert client.recv_string(timeout=5000) == "text"
    assert client.recv_json(timeout=5000) == [1]


def test_what_was_received_without_frames(joiner: Joiner) -> None:
    server, client = joiner.pair(zmqx.SERVER, zmqx.CLIENT)
    for number in range(6):
        client.send(b"%d" % number)
    got = [server.recv(timeout=5000), server.recv_multipart(timeout=5000)]
    while len(got) < 6:
        got += server.recv_many(timeout=5000)
    assert got == [b"0", [b"1"], [b"2"], [b"3"], [b"4"], [b"5"]]


def test_a_peer_that_waits_for_a_message_gets_its_number(joiner: Joiner) -> None:
    left, right = joiner.socket(zmqx.PEER), joiner.socket(zmqx.PEER)
    number = left.connect_peer(joiner.bind(right))
    waiting = Caller(right.recv, copy=False, timeout=5000)
    left.send(b"there", routing_id=number)
    got = waiting.result()
    right.send(b"back", routing_id=got.routing_id)
    answer = left.recv(copy=False, timeout=5000)
    assert (got.bytes, answer.bytes, answer.routing_id) == (b"there", b"back", number)


def test_work_is_scattered(joiner: Joiner) -> None:
    scatter, gathers = joiner.socket(zmqx.SCATTER), [joiner.socket(zmqx.GATHER) for _ in range(2)]
    endpoint = joiner.bind(scatter)
    for gather in gathers:
        gather.connect(endpoint)
    scatter.wait_connected(2, timeout=5000)
    for number in range(10):
        scatter.send(b"%d" % number)
    shares = [[int(gather.recv(timeout=5000)) for _ in range(5)] for gather in gathers]
    assert sorted(shares) == [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]


def test_a_channel_both_ways(joiner: Joiner) -> None:
    left, right = joiner.pair(zmqx.CHANNEL, zmqx.CHANNEL)
    for number in range(100):
        left.send(b"%d" % number)
        right.send(b"-%d" % number)
    assert [right.recv(timeout=5000) for _ in range(100)] == [b"%d" % number for number in range(100)]
    assert [left.recv(timeout=5000) for _ in range(100)] == [b"-%d" % number for number in range(100)]


def test_what_is_not_for_a_type_means_nothing_to_it(joiner: Joiner) -> None:
    """As in libzmq: a message may have a group and a routing id, and only some types look at them."""
    push, pull = joiner.pair(zmqx.PUSH, zmqx.PULL)
    push.send(b"1", routing_id=7, group="g")
    labelled = zmqx.Frame(b"2")
    labelled.routing_id = 7
    labelled.group = "g"
    push.send(labelled)
    push.send_multipart([labelled, b"more"])
    assert [pull.recv(timeout=5000), pull.recv(timeout=5000)] == [b"1", b"2"]
    assert pull.recv_multipart(timeout=5000) == [b"2", b"more"]
