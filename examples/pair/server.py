"""One end of a PAIR: names a limit, listens to readings, and speaks up when one is above it.

Neither end has to wait for its turn: this one speaks first, and then when it has something to say.
"""

import argparse

import zmqx

PATIENCE = 60_000  # ms to wait for anything
LIMIT = 25.0


def main(ctx: zmqx.Context, endpoint: str) -> None:
    with ctx.socket(zmqx.PAIR, rcvtimeo=PATIENCE) as sensor:
        print("listening at", sensor.bind(endpoint))
        sensor.wait_connected(timeout=PATIENCE)
        sensor.send_multipart([b"limit", b"%.1f" % LIMIT])
        readings = []
        for kind, value in sensor:
            if kind == b"end":
                break
            readings.append(float(value))
            if readings[-1] > LIMIT:
                print(f"{readings[-1]} is too hot")
                sensor.send_multipart([b"alarm", value])
        mean = sum(readings) / len(readings)
        print(f"{len(readings)} readings, {mean:.1f} on average")
        sensor.send_multipart([b"mean", b"%.1f" % mean])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5550", help="to bind (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
