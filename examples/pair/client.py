"""The other end of a PAIR: sends readings at its own pace, and hears of alarms in between."""

import argparse
import math
import sys

import zmqx

PATIENCE = 10_000  # ms to wait for an answer
PACE = 20  # ms between two readings


def main(ctx: zmqx.Context, endpoint: str, readings: int) -> None:
    alarms = []
    with ctx.socket(zmqx.PAIR, rcvtimeo=PATIENCE, linger=1000) as control:
        control.connect(endpoint)
        _, limit = control.recv_multipart()  # the server speaks first
        print(f"the limit is {float(limit)}")

        temperatures = [round(20 + 8 * math.sin(step / 3), 1) for step in range(readings)]
        for temperature in temperatures:
            control.send_multipart([b"reading", b"%.1f" % temperature])
            if control.poll(PACE):  # until the next reading is due: has the other end something to say?
                _, value = control.recv_multipart()
                alarms.append(float(value))
                print(f"alarm: {alarms[-1]}")

        control.send_multipart([b"end", b""])
        for kind, value in control:  # alarms that are still under way, then the mean
            if kind == b"mean":
                break
            alarms.append(float(value))
            print(f"alarm: {alarms[-1]}")

    if alarms != [temperature for temperature in temperatures if temperature > float(limit)]:
        sys.exit(f"wrong alarms: {alarms}")
    print(f"sent {readings} readings, heard {len(alarms)} alarms, the mean is {float(value)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5550", help="to connect to (default: %(default)s)")
    parser.add_argument("--readings", type=int, default=24, help="how many (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
