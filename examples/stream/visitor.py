"""Another STREAM: a web client, which asks any web server for pages, each by a connection of its own."""

import argparse
import sys

import zmqx

PATIENCE = 10_000  # ms to wait for an answer


def fetch(web: zmqx.Socket, endpoint: str, path: str) -> tuple[int, str]:
    """The status of a page, and the page."""
    web.connect(endpoint)
    server = web.routing_id  # what this side calls the connection; it takes bytes from now on
    web.send_multipart([server, f"GET {path} HTTP/1.0\r\n\r\n".encode()])
    answer = b""
    there = False
    for who, data in web:
        if who != server:
            continue  # of an earlier page
        if not data and there:
            break  # the server has closed: that was all
        there = True
        answer += data
    web.disconnect(endpoint)  # or it would be connected anew
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body.decode()


def main(ctx: zmqx.Context, endpoint: str, first: int, pages: int) -> None:
    with ctx.socket(zmqx.STREAM, rcvtimeo=PATIENCE, linger=0) as web:
        for number in range(first, first + pages):
            status, body = fetch(web, endpoint, f"/square/{number}")
            if (status, body) != (200, f"{number * number}\n"):
                sys.exit(f"wrong page for {number}: {status} {body!r}")
            print(f"{number} squared is {body.strip()}")
    print(f"read {pages} pages")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5545", help="to connect to (default: %(default)s)")
    parser.add_argument("--first", type=int, default=1, help="number to ask for (default: %(default)s)")
    parser.add_argument("--pages", type=int, default=4, help="how many (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
