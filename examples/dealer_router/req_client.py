"""A REQ as client: one request at a time, through the same broker and to the same workers as client.py."""

import argparse
import sys
from hashlib import sha256

import zmqx

PATIENCE = 10_000  # ms to wait for a reply


def main(ctx: zmqx.Context, endpoint: str, requests: int) -> None:
    with ctx.socket(zmqx.REQ, rcvtimeo=PATIENCE, linger=0) as broker:
        broker.connect(endpoint)
        for number in range(requests):
            challenge = b"riddle %d: " % number
            broker.send_multipart([challenge, b"2"])  # REQ adds the envelope, and takes it off
            _, solution, worker = broker.recv_multipart()
            digest = sha256(challenge + solution).hexdigest()
            print(f"reply to {number}, by {worker.decode()}: {digest[:8]}...")
            if not digest.startswith("00"):
                sys.exit(f"{worker.decode()} did not solve {number}")
    print(f"{requests} replies, each before the next request")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5580", help="of the broker (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=4, help="how many (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
