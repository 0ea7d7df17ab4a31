"""A DEALER as client: sends all requests at once, and takes the replies in whatever order they come."""

import argparse
import sys
from collections import Counter
from hashlib import sha256
from itertools import pairwise

import zmqx

PATIENCE = 10_000  # ms to wait for a reply


def main(ctx: zmqx.Context, endpoint: str, requests: int) -> None:
    with ctx.socket(zmqx.DEALER, rcvtimeo=PATIENCE, linger=1000) as broker:
        broker.connect(endpoint)
        asked = {}
        for number in range(requests):
            challenge = b"puzzle %d: " % number
            asked[challenge] = number, 4 - number % 3  # the hard ones first
            # The empty frame ends the envelope: a REP worker looks for it.
            broker.send_multipart([b"", challenge, b"%d" % asked[challenge][1]])
        print(f"{requests} requests are under way")

        order = []
        solved = Counter()
        while asked:
            _, challenge, solution, worker = broker.recv_multipart()
            number, zeros = asked.pop(challenge)
            digest = sha256(challenge + solution).hexdigest()
            print(f"reply to {number}, by {worker.decode()}: {digest[:8]}...")
            if not digest.startswith("0" * zeros):
                sys.exit(f"{worker.decode()} did not solve {number}")
            order.append(number)
            solved[worker.decode()] += 1

    overtaken = sum(before > after for before, after in pairwise(order))
    shares = ", ".join(f"{count} by {worker}" for worker, count in sorted(solved.items()))
    print(f"{requests} replies, {overtaken} times out of order: {shares}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5580", help="of the broker (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=20, help="how many (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
