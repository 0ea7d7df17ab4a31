"""The first stage, a PUSH: cuts the work into tasks, and deals them to the workers in turn."""

import argparse

import zmqx

PATIENCE = 60_000  # ms to wait for workers, and for them to take what they were dealt
SIZE = 5_000


def main(ctx: zmqx.Context, endpoint: str, workers: int, limit: int) -> None:
    with ctx.socket(zmqx.PUSH, sndtimeo=PATIENCE, linger=PATIENCE) as tasks:
        print("listening at", tasks.bind(endpoint))
        # Whoever came first would be dealt everything before the second is there.
        tasks.wait_connected(workers, timeout=PATIENCE)
        ranges = [range(low, min(low + SIZE, limit)) for low in range(0, limit, SIZE)]
        for numbers in ranges:
            tasks.send_json({"from": numbers.start, "to": numbers.stop})
        print(f"dealt {len(ranges)} tasks")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5560", help="to bind (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="to wait for (default: %(default)s)")
    parser.add_argument("--limit", type=int, default=200_000, help="count the primes below (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
