"""A REP as worker: one request at a time, and never sees an envelope. Otherwise it does what worker.py does."""

import argparse
import time
from contextlib import suppress
from hashlib import sha256
from itertools import count

import zmqx

PATIENCE = 60_000  # ms without a request, then the worker ends


def main(ctx: zmqx.Context, endpoint: str, name: str, delay: int) -> None:
    with ctx.socket(zmqx.REP, rcvtimeo=PATIENCE, linger=1000) as broker:
        broker.connect(endpoint)
        for challenge, zeros in broker:
            time.sleep(delay / 1000)  # stands for a slower machine
            broker.send_multipart([challenge, solve(challenge, int(zeros)), name.encode()])


def solve(challenge: bytes, zeros: int) -> bytes:
    numbers = (b"%d" % number for number in count())
    return next(number for number in numbers if sha256(challenge + number).hexdigest().startswith("0" * zeros))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5581", help="of the broker (default: %(default)s)")
    parser.add_argument("--name", default="rep-worker", help="to sign replies with (default: %(default)s)")
    parser.add_argument("--delay", type=int, default=30, help="ms more for each request (default: %(default)s)")
    with zmqx.Context() as ctx, suppress(KeyboardInterrupt, zmqx.Again):
        main(ctx, **vars(parser.parse_args()))
