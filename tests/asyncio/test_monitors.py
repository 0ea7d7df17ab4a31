"""A monitor's socket on an event loop, read with our own parser and with pyzmq's."""

from __future__ import annotations

import asyncio

import zmq.utils.monitor

import zmqx
import zmqx.asyncio
from zmqx.monitoring import recv_monitor_message

from .conftest import Runner


def test_the_socket_of_a_monitor_is_awaited(run: Runner) -> None:
    async def main() -> None:
        with zmqx.asyncio.Context() as ctx:
            pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH, linger=0)
            monitor = pull.get_monitor_socket(zmqx.EVENT_ALL & ~zmqx.EVENT_ACCEPTED)
            assert isinstance(monitor, zmqx.asyncio.Socket)
            waiting = asyncio.ensure_future(recv_monitor_message(monitor))
            await asyncio.sleep(0)
            endpoint = pull.bind("tcp://127.0.0.1:*")
            told = await waiting
            assert (told["event"], told["endpoint"]) == (zmqx.EVENT_LISTENING, endpoint.encode())
            push.connect(endpoint)
            assert (await recv_monitor_message(monitor))["event"] == zmqx.EVENT_HANDSHAKE_SUCCEEDED
            push.close()
            theirs = await zmq.utils.monitor.recv_monitor_message(monitor)
            assert theirs["event"] == zmq.EVENT_DISCONNECTED
            pull.close()
            assert (await recv_monitor_message(monitor))["event"] == zmqx.EVENT_MONITOR_STOPPED

    run(main)
