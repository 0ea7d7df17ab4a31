"""A SERVER: counts down for whoever asks, for all of them at once."""

import argparse
from contextlib import suppress

import zmqx

PATIENCE = 60_000  # ms without a client, then the server ends
PACE = 20  # ms between two numbers


def main(ctx: zmqx.Context, endpoint: str) -> None:
    with ctx.socket(zmqx.SERVER) as server:
        print("listening at", server.bind(endpoint))
        counting = {}  # the next number, by routing id of the client
        while server.poll(PACE if counting else PATIENCE) or counting:
            for client, number in list(counting.items()):
                if number < 0 or not told(server, client, number):
                    del counting[client]
                else:
                    counting[client] = number - 1
            with suppress(zmqx.Again):
                while True:
                    request = server.recv(zmqx.DONTWAIT, copy=False)
                    counting[request.routing_id] = int(request.bytes)
                    print(f"somebody wants {int(request.bytes)}")


def told(server: zmqx.Socket, client: int, number: int) -> bool:
    """Whether the client is still there to hear it."""
    try:
        server.send(b"%d" % number, routing_id=client)
    except zmqx.ZMQError as error:
        if error.errno != zmqx.EHOSTUNREACH:
            raise
        print("somebody left at", number)
        return False
    return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5590", help="to bind (default: %(default)s)")
    with zmqx.Context() as ctx, suppress(KeyboardInterrupt):
        main(ctx, **vars(parser.parse_args()))
