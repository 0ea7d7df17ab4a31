"""What is counted between the end of a connection and the moment the socket hears of it."""

from __future__ import annotations

import zmqx

from ..support.raw_peer import RawPeer


def test_a_message_is_always_in_one_of_three_places() -> None:
    with zmqx.Context() as ctx, ctx.socket(zmqx.DEALER, linger=0) as sock:
        sock.bind("tcp://127.0.0.1:*")
        with RawPeer.connect(sock.last_endpoint.decode()) as peer:
            peer.shake_hands("DEALER")
            sock.wait_connected()
            for _ in range(100):
                sock.send(bytes(100_000))
            core = sock._core
            with core.guard.deferred, core.guard:
                (session,) = core._ports.sessions
                session.refuse("enough")
                stats = sock.stats()
            assert stats.messages_out + stats.queued_out + sum(stats.dropped.values()) == 100
