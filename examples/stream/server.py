"""A STREAM: a web server for everybody who speaks HTTP. Pages: /square/7 is 49.

No message has a frame here. Bytes come as they come, each piece behind the id of the connection that it came by.
"""

import argparse

import zmqx

PATIENCE = 60_000  # ms to wait for anything
LONGEST = 8192  # bytes of a request


def page(head: bytes) -> bytes:
    """The whole answer to a request."""
    path = (head.split() + [b"", b""])[1]
    print(path.decode(errors="replace"))
    number = path.removeprefix(b"/square/")
    if number.isdigit() and len(number) < 10:
        return b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n%d\n" % int(number) ** 2
    return b"HTTP/1.0 404 Not Found\r\nContent-Type: text/plain\r\n\r\nonly /square/7 and the like\n"


def main(ctx: zmqx.Context, endpoint: str, requests: int) -> None:
    heads: dict[bytes, bytes] = {}  # what each connection has said, until it has its answer
    with ctx.socket(zmqx.STREAM, rcvtimeo=PATIENCE) as web:
        print("listening at", web.bind(endpoint))
        for who, data in web:
            if not data:  # a connection has come, or has gone
                if heads.pop(who, None) is None:
                    heads[who] = b""
                continue
            if who not in heads:
                continue  # it has its answer, and goes on talking
            heads[who] += data
            if b"\r\n\r\n" not in heads[who] and len(heads[who]) < LONGEST:
                continue  # there is more to come
            try:
                web.send_multipart([who, page(heads[who])])
                web.send_multipart([who, b""])  # no bytes: close it, once the page is out
            except zmqx.ZMQError as error:
                if error.errno != zmqx.EHOSTUNREACH:
                    raise
                continue  # it did not wait, and the next we hear of it is that it has gone
            del heads[who]
            requests -= 1
            if requests == 0:
                break
    print("that was the last one")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5545", help="to bind (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=-1, help="how many to answer (default: without end)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
