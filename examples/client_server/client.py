"""A CLIENT: asks once, and hears many answers."""

import argparse
import sys

import zmqx

PATIENCE = 10_000  # ms to wait for a number


def main(ctx: zmqx.Context, endpoint: str, start: int) -> None:
    heard = []
    with ctx.socket(zmqx.CLIENT, rcvtimeo=PATIENCE, linger=0) as client:
        client.connect(endpoint)
        client.send(b"%d" % start)
        while not heard or heard[-1]:
            heard.append(int(client.recv()))
            print(heard[-1])
    if heard != list(range(start, -1, -1)):
        sys.exit(f"that is no countdown: {heard}")
    print(f"heard {len(heard)} numbers, from {start} down to 0")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5590", help="of the server (default: %(default)s)")
    parser.add_argument("--start", type=int, default=10, help="to count down from (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
