"""A REP server: takes one request at a time, and answers it. Any number of them can serve the same client."""

import argparse
from contextlib import suppress

import zmqx

PATIENCE = 60_000  # ms without a request, then the server ends


def main(ctx: zmqx.Context, endpoint: str, name: str) -> None:
    with ctx.socket(zmqx.REP, rcvtimeo=PATIENCE) as server:
        print("listening at", server.bind(endpoint))
        for [request] in server:
            factors = prime_factors(int(request))
            print(f"{int(request)} = {' * '.join(map(str, factors))}")
            server.send_json({"server": name, "factors": factors})


def prime_factors(number: int) -> list[int]:
    factors = []
    candidate = 2
    while candidate * candidate <= number:
        while number % candidate == 0:
            factors.append(candidate)
            number //= candidate
        candidate += 1
    return [*factors, number] if number > 1 else factors


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5555", help="to bind (default: %(default)s)")
    parser.add_argument("--name", default="server", help="to sign replies with (default: %(default)s)")
    with zmqx.Context() as ctx, suppress(KeyboardInterrupt, zmqx.Again):
        main(ctx, **vars(parser.parse_args()))
