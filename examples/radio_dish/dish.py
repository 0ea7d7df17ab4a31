"""A DISH: hears the groups that it joined, and no others."""

import argparse
import sys

import zmqx

PATIENCE = 10_000  # ms to wait for the next thing to hear


def main(ctx: zmqx.Context, endpoint: str, group: list[str], items: int) -> None:
    heard = {name: [] for name in group}
    with ctx.socket(zmqx.DISH, rcvtimeo=PATIENCE) as dish:
        print("listening at", dish.bind(endpoint))
        for name in group:
            dish.join(name)
        while min(map(len, heard.values())) < items:
            frame = dish.recv(copy=False)
            if frame.group not in heard:
                sys.exit(f"nobody asked for {frame.group}")
            heard[frame.group].append(int(frame.bytes))
            print(f"{frame.group} #{int(frame.bytes)}")

    missed = sum(numbers[-1] - numbers[0] + 1 - len(numbers) for numbers in heard.values())
    print(f"{sum(map(len, heard.values()))} items of {', '.join(sorted(heard))}; {missed} missed since the first")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5595", help="to bind (default: %(default)s)")
    parser.add_argument("--group", nargs="+", default=["news"], help="to join (default: %(default)s)")
    parser.add_argument("--items", type=int, default=20, help="to hear of each group (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
