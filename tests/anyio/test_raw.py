"""Raw bytes on this face: whole messages, and frame by frame."""

from __future__ import annotations

import zmqx
import zmqx.anyio

from ..support.raw_peer import RawPeer
from .conftest import Run


def test_a_stream_serves_a_plain_peer(run: Run) -> None:
    async def main() -> None:
        async with zmqx.anyio.Context() as context, context.socket(zmqx.STREAM) as stream:
            endpoint = stream.bind("tcp://127.0.0.1:*")
            with RawPeer.connect(endpoint) as peer:
                who, empty = await stream.recv_multipart()
                assert empty == b""
                peer.send(b"hello")
                assert await stream.recv() == who
                assert await stream.recv() == b"hello"
                await stream.send_multipart([who, b"one"])
                await stream.send(who, zmqx.SNDMORE)
                await stream.send(b"two", zmqx.SNDMORE)
                await stream.send(who, zmqx.SNDMORE)
                await stream.send(b"")
                assert peer.recv(6) == b"onetwo"
                assert peer.ended()

    run(main)


def test_the_state_of_a_peer(run: Run) -> None:
    async def main() -> None:
        async with zmqx.anyio.Context() as context, context.socket(zmqx.ROUTER) as router:
            router.connect_routing_id = b"server"
            router.connect("tcp://127.0.0.1:1")
            assert router.get_peer_state(b"server") == zmqx.POLLOUT

    run(main)
