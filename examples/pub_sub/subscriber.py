"""A SUB: listens to any number of publishers, for the topics that it wants."""

import argparse
import sys

import zmqx

PATIENCE = 10_000  # ms to wait for news


def main(ctx: zmqx.Context, endpoint: list[str], topic: list[str], updates: int) -> None:
    heard = dict.fromkeys(topic, 0)
    latest = {}
    missed = 0
    with ctx.socket(zmqx.SUB, rcvtimeo=PATIENCE) as news:
        for prefix in topic:
            news.subscribe(prefix)
        for publisher in endpoint:
            news.connect(publisher)
        while min(heard.values()) < updates:
            name, number, value = (frame.decode() for frame in news.recv_multipart())
            print(f"{name} #{number}: {value}")
            matching = [prefix for prefix in topic if name.startswith(prefix)]
            if not matching:
                sys.exit(f"nobody asked for {name}")
            for prefix in matching:
                heard[prefix] += 1
            missed += int(number) - latest.get(name, int(number) - 1) - 1
            latest[name] = int(number)

    print(f"{sum(heard.values())} updates of {', '.join(sorted(latest))}; {missed} missed since the first")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--endpoint", nargs="+", default=["tcp://127.0.0.1:5570"], help="of each publisher (default: %(default)s)"
    )
    parser.add_argument("--topic", nargs="+", default=["oslo."], help="what topics begin with (default: %(default)s)")
    parser.add_argument("--updates", type=int, default=20, help="to hear for each topic (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
