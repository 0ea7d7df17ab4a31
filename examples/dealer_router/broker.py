"""A ROUTER for clients and a DEALER for workers: requests go to the workers in turn, replies to whom they belong."""

import argparse
from contextlib import suppress

import zmqx

PATIENCE = 60_000  # ms to wait for the first workers


def main(ctx: zmqx.Context, endpoint: str, backend: str, workers: int) -> None:
    with ctx.socket(zmqx.ROUTER, linger=1000) as clients, ctx.socket(zmqx.DEALER, linger=1000) as services:
        print("clients at", clients.bind(endpoint))
        print("workers at", services.bind(backend))
        # Whoever came first would be dealt everything before the second is there.
        services.wait_connected(workers, timeout=PATIENCE)
        zmqx.proxy(clients, services)  # until it is interrupted


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5580", help="for clients (default: %(default)s)")
    parser.add_argument("--backend", default="tcp://127.0.0.1:5581", help="for workers (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="to wait for (default: %(default)s)")
    with zmqx.Context() as ctx, suppress(KeyboardInterrupt):
        main(ctx, **vars(parser.parse_args()))
