"""A DEALER as worker: takes every request that comes, works on several at once, replies to each when it is done.

The work is a puzzle: find a number which, written behind the challenge, gives a hash that begins with zeros.
"""

import argparse
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from itertools import count

import zmqx

PATIENCE = 60_000  # ms without a request, then the worker ends


def main(ctx: zmqx.Context, endpoint: str, name: str, threads: int) -> None:
    with ctx.socket(zmqx.DEALER, rcvtimeo=PATIENCE, linger=1000) as broker, ThreadPoolExecutor(threads) as pool:
        broker.connect(endpoint)

        def answer(envelope: list[bytes], challenge: bytes, zeros: bytes) -> None:
            solution = solve(challenge, int(zeros))
            # Any thread may use the socket. The envelope, as it came, leads the reply back to the client.
            broker.send_multipart([*envelope, challenge, solution, name.encode()])

        for *envelope, challenge, zeros in broker:
            pool.submit(answer, envelope, challenge, zeros)


def solve(challenge: bytes, zeros: int) -> bytes:
    numbers = (b"%d" % number for number in count())
    return next(number for number in numbers if sha256(challenge + number).hexdigest().startswith("0" * zeros))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5581", help="of the broker (default: %(default)s)")
    parser.add_argument("--name", default="worker", help="to sign replies with (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=4, help="requests to work on at once (default: %(default)s)")
    with zmqx.Context() as ctx, suppress(KeyboardInterrupt, zmqx.Again):
        main(ctx, **vars(parser.parse_args()))
