"""A PUB: says what the weather is, to whoever listens, and does not know whether anybody does."""

import argparse
import random
import time
from contextlib import suppress

import zmqx

PACE = 0.02  # seconds between two rounds of news


def main(ctx: zmqx.Context, endpoint: str, city: str, rounds: int) -> None:
    weather = {"temperature": 15.0, "wind": 10.0}
    with ctx.socket(zmqx.PUB) as publisher:
        print("listening at", publisher.bind(endpoint))
        for number in range(1, rounds + 1):
            for quantity in weather:
                weather[quantity] += random.uniform(-1, 1)
                topic = f"{city}.{quantity}".encode()
                publisher.send_multipart([topic, b"%d" % number, b"%.1f" % weather[quantity]])
            time.sleep(PACE)  # weather takes its time; nobody is waited for here


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5570", help="to bind (default: %(default)s)")
    parser.add_argument("--city", default="oslo", help="where we are (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3000, help="of news, then it ends (default: %(default)s)")
    with zmqx.Context() as ctx, suppress(KeyboardInterrupt):
        main(ctx, **vars(parser.parse_args()))
