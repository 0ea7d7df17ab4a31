"""A DEALER of pyzmq's asyncio face that sends back what it gets; the arguments are an endpoint, whether to bind, and
how many messages. Writes the endpoint when it is ready."""

from __future__ import annotations

import asyncio
import sys

import zmq
import zmq.asyncio


async def main(endpoint: str, binds: bool, count: int) -> None:
    with zmq.asyncio.Context() as context, context.socket(zmq.DEALER) as socket:
        if binds:
            socket.bind(endpoint)
            endpoint = socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()
        else:
            socket.connect(endpoint)
        sys.stdout.write(endpoint + "\n")
        sys.stdout.flush()
        for _ in range(count):
            await socket.send_multipart(await socket.recv_multipart())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] == "bind", int(sys.argv[3])))
