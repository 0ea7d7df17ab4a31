"""The middle stage: PULLs tasks from the ventilator, and PUSHes results to the sink. Run as many as you like."""

import argparse
import json
from contextlib import suppress
from math import isqrt

import zmqx

PATIENCE = 60_000  # ms without a task, then the worker ends


def main(ctx: zmqx.Context, endpoint: str, sink: str, name: str) -> None:
    with ctx.socket(zmqx.PULL, rcvtimeo=PATIENCE) as tasks, ctx.socket(zmqx.PUSH, linger=1000) as results:
        results.connect(sink)
        tasks.connect(endpoint)
        for [message] in tasks:
            task = json.loads(message)
            primes = sum(map(is_prime, range(task["from"], task["to"])))
            print(f"{primes} primes from {task['from']} to {task['to']}")
            results.send_json({**task, "primes": primes, "worker": name})


def is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, isqrt(number) + 1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5560", help="of the ventilator (default: %(default)s)")
    parser.add_argument("--sink", default="tcp://127.0.0.1:5561", help="endpoint of the sink (default: %(default)s)")
    parser.add_argument("--name", default="worker", help="to sign results with (default: %(default)s)")
    with zmqx.Context() as ctx, suppress(KeyboardInterrupt, zmqx.Again):
        main(ctx, **vars(parser.parse_args()))
