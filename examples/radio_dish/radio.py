"""A RADIO: plays what is on, in groups, to whoever has its dish out. It does not know whether anybody has."""

import argparse
import time
from contextlib import suppress

import zmqx

PACE = 0.02  # seconds between two rounds
PROGRAMME = ["jazz", "news", "rock"]


def main(ctx: zmqx.Context, endpoint: list[str], rounds: int) -> None:
    with ctx.socket(zmqx.RADIO) as radio:
        for dish in endpoint:
            radio.connect(dish)
        print("sending to", *endpoint)
        for number in range(1, rounds + 1):
            for group in PROGRAMME:
                radio.send(b"%d" % number, group=group)
            time.sleep(PACE)  # a programme takes its time; nobody is waited for here


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--endpoint", nargs="+", default=["tcp://127.0.0.1:5595"], help="of each dish (default: %(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=3000, help="then it ends (default: %(default)s)")
    with zmqx.Context() as ctx, suppress(KeyboardInterrupt):
        main(ctx, **vars(parser.parse_args()))
