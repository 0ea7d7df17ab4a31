"""The last stage, a PULL: collects results from all workers, until they cover everything."""

import argparse
from collections import Counter

import zmqx

PATIENCE = 60_000  # ms to wait for a result


def main(ctx: zmqx.Context, endpoint: str, limit: int) -> None:
    with ctx.socket(zmqx.PULL, rcvtimeo=PATIENCE) as results:
        print("listening at", results.bind(endpoint))
        primes = covered = 0
        tasks = Counter()
        while covered < limit:
            result = results.recv_json()
            covered += result["to"] - result["from"]
            primes += result["primes"]
            tasks[result["worker"]] += 1

    shares = ", ".join(f"{count} by {worker}" for worker, count in sorted(tasks.items()))
    print(f"{primes} primes below {limit}, in {tasks.total()} tasks: {shares}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5561", help="to bind (default: %(default)s)")
    parser.add_argument("--limit", type=int, default=200_000, help="count the primes below (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
