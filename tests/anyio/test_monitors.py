"""A monitor's socket, awaited on either back end."""

from __future__ import annotations

import zmqx
import zmqx.anyio
from zmqx.monitoring import recv_monitor_message

from .conftest import Run


def test_the_socket_of_a_monitor_is_awaited(run: Run, ctx: zmqx.anyio.Context) -> None:
    async def main() -> None:
        pull = ctx.socket(zmqx.PULL)
        monitor = pull.get_monitor_socket()
        assert isinstance(monitor, zmqx.anyio.Socket)
        endpoint = pull.bind("tcp://127.0.0.1:*")
        told = await recv_monitor_message(monitor)
        assert (told["event"], told["endpoint"]) == (zmqx.EVENT_LISTENING, endpoint.encode())

    run(main)
