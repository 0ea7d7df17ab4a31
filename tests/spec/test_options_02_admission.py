"""docs/spec/options.md, sections 1 and 2: what the options of security do to who wants to come in."""

from __future__ import annotations

from typing import Any

import pytest

import zmqx

from ..support.raw_peer import RawPeer
from .lib import Lib
from .states import states
from .watching import watch


def joined(lib: Lib, server: Any, client: Any) -> bool:
    """Whether a PUSH comes in at a PULL."""
    client.connect(lib.bind(server))
    client.send(b"let me in", zmqx.DONTWAIT)
    return bool(server.poll(300)) and server.recv() == b"let me in"


@states("O1.44", "O1.45", "O1.46", "O1.43")
def test_who_speaks_plain(lib: Lib) -> None:
    """Whoever judges hears the name and the password; who has none does not come so far."""
    judge = lib.socket(zmqx.REP)
    judge.bind("inproc://zeromq.zap.01")
    server, nobody = lib.socket(zmqx.PULL, plain_server=1), lib.socket(zmqx.PUSH)
    assert not joined(lib, server, nobody)
    assert not judge.poll(0)
    client = lib.socket(zmqx.PUSH, plain_username=b"user", plain_password=b"secret")
    client.connect(lib.last_endpoint(server))
    question = judge.recv_multipart()
    assert question[5:] == [b"PLAIN", b"user", b"secret"]
    judge.send_multipart([b"1.0", question[1], b"200", b"OK", b"", b""])
    client.send(b"let me in")
    assert server.recv() == b"let me in"


@states("O1.44", "O1.45", "O1.46")
def test_what_a_plain_client_says(lib: Lib) -> None:
    """Its name and its password, to a server of bytes."""
    client = lib.socket(zmqx.PUSH, plain_username=b"user", plain_password=b"secret")
    with RawPeer.connect(lib.bind(client)) as peer:
        peer.greet(b"\xff" + bytes(8) + b"\x7f\x03\x01PLAIN" + bytes(15) + b"\x01" + bytes(31))
        assert peer.recv_frame() == (4, b"\x05HELLO\x04user\x06secret")


@states("O1.47", "O1.43")
def test_who_does_not_speak_curve(lib: Lib) -> None:
    server, client = lib.socket(zmqx.PULL, curve_server=1, curve_secretkey=b"\x01" * 32), lib.socket(zmqx.PUSH)
    assert not joined(lib, server, client)


@states("O1.55")
@pytest.mark.parametrize("domain", [b"global", b"x" * 255])
def test_the_domain_is_told(lib: Lib, domain: bytes) -> None:
    """To whoever judges over those who come."""
    judge = lib.socket(zmqx.REP)
    judge.bind("inproc://zeromq.zap.01")
    server, client = lib.socket(zmqx.PULL, zap_domain=domain), lib.socket(zmqx.PUSH)
    client.connect(lib.bind(server))
    question = judge.recv_multipart()
    assert (question[0], question[2]) == (b"1.0", domain)
    judge.send_multipart([b"1.0", question[1], b"200", b"OK", b"", b""])
    client.send(b"let me in")
    assert server.recv() == b"let me in"


@states("O1.55")
def test_without_a_domain_nobody_is_asked(lib: Lib) -> None:
    judge = lib.socket(zmqx.REP)
    judge.bind("inproc://zeromq.zap.01")
    server, client = lib.socket(zmqx.PULL), lib.socket(zmqx.PUSH)
    assert joined(lib, server, client)
    assert not judge.poll(0)


@states("O1.93")
@pytest.mark.parametrize(("enforced", "let_in"), [(0, True), (1, False)])
def test_a_domain_may_need_a_judge(lib: Lib, enforced: int, let_in: bool) -> None:
    server, told = watch(lib, zmqx.PULL, zap_domain=b"global", zap_enforce_domain=enforced)
    client = lib.socket(zmqx.PUSH)
    assert joined(lib, server, client) is let_in
    assert ("HANDSHAKE_SUCCEEDED" in told.rest()) is let_in


@states("O1.42", "O1.31")
@pytest.mark.parametrize("ipv6", [1, 0])
def test_which_families_are_spoken(lib: Lib, ipv6: int) -> None:
    server, client = lib.socket(zmqx.PULL, ipv6=ipv6), lib.socket(zmqx.PUSH, ipv4only=1 - ipv6)
    assert client.getsockopt(zmqx.IPV6) == ipv6
    if ipv6:
        endpoint = lib.bind(server, "tcp6")
        client.connect(endpoint)
        client.send(b"by the newer one")
        assert server.recv() == b"by the newer one"
    else:
        with lib.fails(zmqx.ENODEV):
            server.bind("tcp://[::1]:*")
        assert joined(lib, server, client)
