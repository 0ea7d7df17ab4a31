"""CURVE against vectors that a live libzmq 4.3.5 has accepted, or that libsodium has computed."""

from __future__ import annotations

import pytest

from zmqx import z85
from zmqx.wire.mechanisms import nacl
from zmqx.wire.mechanisms.curve import CurveChannel, CurveClient, CurveServer

from ..support.curve import CLIENT_PUBLIC, CLIENT_SECRET, SERVER_PUBLIC, SERVER_SECRET, random_of

HELLO = bytes.fromhex(
    "0548454c4c4f0100" + "00" * 72 + "ac01b2209e86354fb853237b5de0f4fab13c7fcbf433a61c019369617fecf10b"
    "00000000000000011b2489e4cc7c7801f7b19ca79d97fe3551c8fc644778e4dbd1050bc4fff4aab3f6696ad1f7b9000d"
    "620bb98d2dcb2600a914582621101e0f068005496856d13166b79b510b78a80a2f0eb67d566e9c63"
)
WELCOME = bytes.fromhex(
    "0757454c434f4d4507070707070707070707070707070707cc1baa48ac3b78c68aa4e48ddf7f1db03c867785c807ca2b"
    "62927917b5a3a5419f55af094272ff7e3f2aa14936cc6924c64c15749ef81bebd121d9b82a88cf17f08ab8d5e5edf362"
    "2b7dbbab05abe914ab644437d1b4c9eb86350031aefa684ee42abd71b47fe2757cdd2cd3e7407b60ca90302f39622247"
    "622385af07f5a0e99be05df3dcd5d4b1a9dd6e06aa2e011e"
)
INITIATE = bytes.fromhex(
    "08494e49544941544506060606060606060606060606060606c358df47a9e470cf25b79e9e509775d15f738bb0f8410c"
    "7638d673e43ba29d358a3b1260987a3ff42f49739391010ab7eadf3c3fe2809d592dc5b4e631a305611bd7fa1bee346d"
    "9d7850449c9690f71400000000000000023997276f05e58095339e407efb920b12884fe23978d2257cca3d4399d62af3"
    "0683e5cfb03ec2f1a252286264f859dfb0db195f33ee262c20464339256dc6ebe0cba0bbd3127ecb3b0296c34ac145eb"
    "62e3775e03aaade8ff4aaf7067005281e57c6d9b93b2c2b24ea301913198613aa2d010af4b9b7dfbf8fb17e4c56a01a4"
    "eaafb4350247024b3fc41d5d600961d83c3276be250b4d205a30e64e6c940154b5cd7d53e12c63484fb130483125db0c"
    "6078c484"
)
READY = bytes.fromhex(
    "0552454144590000000000000001dab55f967f8ff5d5eeb25d2127fcb58684dfd0c87c144a697cceda4cee1834a13e94"
    "cd98532c4749ab54afb0f7f44a894bb77a"
)
SHARED = bytes.fromhex("2a7e61b6389226baa04c5738c81d23db39ecf157632f9d000c918f0ec66be83e")
C, S = b"CurveZMQMESSAGEC", b"CurveZMQMESSAGES"
PART = bytes.fromhex("074d455353414745000000000000000398876a520f742b94fba2e3d1a86a01172cc34b66a9b3")
HELLO_MESSAGE = bytes.fromhex("074d4553534147450000000000000002045014bb34a757fb2e8e9338cd5af172ed7df493e7b7")
PING = bytes.fromhex("074d4553534147450000000000000003981d720647536a6615114382908dcdf5795e9f4cde617dcf")


def _named(kind: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"Socket-Type", kind), (b"Identity", b"")]


def client() -> CurveClient:
    return CurveClient(
        _named(b"DEALER"), CLIENT_PUBLIC, CLIENT_SECRET, SERVER_PUBLIC, random_of(b"\x04" * 32, b"\x08" * 16)
    )


def server() -> CurveServer:
    random = random_of(b"\x03" * 32, b"\x05" * 32, b"\x06" * 16, b"\x07" * 16)
    return CurveServer(_named(b"ROUTER"), SERVER_PUBLIC, SERVER_SECRET, random)


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        (SERVER_SECRET, "Q#mA0WO:[^XPYP9Pi[Of6wiO%ypo7(}p)F*3hyk3"),
        (CLIENT_SECRET, "=w:)j+^Gs]DVl/C6S5&/+(Th+1R0pUmy&UT4P[cZ"),
        (b"\x03" * 32, "uh&UwyT^&LQk[hrMyRl:(qI[3nq(i$?YcImb^V}-"),
        (b"\x04" * 32, "To2QHO}Y9#XkKS0ueUwKU@)JV]Fru:0H4kaF9=Xk"),
    ],
)
def test_keys(secret: bytes, text: str) -> None:
    assert z85.encode(nacl.public_of(secret)) == text.encode()


def test_the_shared_key() -> None:
    assert nacl.shared_key(nacl.public_of(b"\x04" * 32), b"\x03" * 32) == SHARED


def test_the_clients_side() -> None:
    made = client()
    assert list(made.start()) == [HELLO]
    assert list(made.receive(WELCOME)) == [INITIATE]
    assert list(made.receive(READY)) == []
    assert made.peer_properties == _named(b"ROUTER")
    assert made.channel is not None
    assert made.channel.seal(1, b"part1") == PART
    assert made.channel.open(HELLO_MESSAGE) == b"\x00hello"
    assert made.channel.open(PING) == b"\x02\x04PING\x00\x00"


def test_the_servers_side() -> None:
    made = server()
    assert list(made.start()) == []
    assert list(made.receive(HELLO)) == [WELCOME]
    assert list(made.receive(INITIATE)) == []
    assert made.question == (CLIENT_PUBLIC,)
    assert made.peer_properties is None
    assert list(made.admit()) == [READY]
    assert made.question is None
    assert made.peer_properties == _named(b"DEALER")
    assert made.channel is not None
    assert made.channel.seal(0, b"hello") == HELLO_MESSAGE
    assert made.channel.seal(2, b"\x04PING\x00\x00") == PING
    assert made.channel.open(PART) == b"\x01part1"


def test_the_channel() -> None:
    ours, theirs = CurveChannel(SHARED, C, S, 2, 1), CurveChannel(SHARED, S, C, 1, 2)
    assert ours.seal(1, memoryview(b"part1")) == PART
    assert theirs.open(PART) == b"\x01part1"
