"""A REQ client: asks a question, waits for the answer, asks the next. Its servers take turns."""

import argparse
import sys
from collections import Counter
from math import prod

import zmqx

PATIENCE = 10_000  # ms to wait for an answer


def main(ctx: zmqx.Context, endpoint: list[str], requests: int) -> None:
    # Without IMMEDIATE, requests would also be dealt to servers that are not there.
    with ctx.socket(zmqx.REQ, immediate=1, rcvtimeo=PATIENCE, sndtimeo=PATIENCE, linger=0) as client:
        for server in endpoint:
            client.connect(server)
        client.wait_connected(len(endpoint), timeout=PATIENCE)

        answers = Counter()
        for number in range(1_000_000, 1_000_000 + requests):
            client.send_string(str(number))
            reply = client.recv_json()
            print(f"{number} = {' * '.join(map(str, reply['factors']))}, says {reply['server']}")
            if prod(reply["factors"]) != number:
                sys.exit(f"{reply['server']} is wrong about {number}")
            answers[reply["server"]] += 1

    shares = ", ".join(f"{count} by {server}" for server, count in sorted(answers.items()))
    print(f"{answers.total()} replies: {shares}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--endpoint", nargs="+", default=["tcp://127.0.0.1:5555"], help="of each server (default: %(default)s)"
    )
    parser.add_argument("--requests", type=int, default=12, help="how many (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
