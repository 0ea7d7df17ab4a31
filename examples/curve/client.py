"""A client that knows the server's public key, and proves that it has a key of its own.

A stranger is turned away. zmqx tries again by itself, so a client that becomes known meanwhile gets in.
"""

import argparse

import zmqx
from zmqx.constants import Event

PATIENCE = 20_000  # ms to wait for anything
WORDS = ["elliptic", "curve", "cryptography"]


def main(ctx: zmqx.Context, endpoint: str, server: str, tries: int) -> None:
    public, secret = zmqx.curve_keypair()
    print("my public key is", public.decode())
    keys = {"curve_publickey": public, "curve_secretkey": secret, "curve_serverkey": server}
    with ctx.socket(zmqx.REQ, rcvtimeo=PATIENCE, **keys) as sock:
        events = sock.events(Event.HANDSHAKE_SUCCEEDED | Event.HANDSHAKE_FAILED_AUTH)
        sock.connect(endpoint)
        while (event := events.recv(timeout=PATIENCE)) and event.kind == Event.HANDSHAKE_FAILED_AUTH:
            tries -= 1
            print(f"turned away with {event.value}")
            if not tries:
                sock.close(linger=0)
                return
        for word in [*WORDS, "goodbye"]:
            sock.send_string(word)
            print(sock.recv_string())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, help="the public key that the server prints")
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5580", help="to connect to (default: %(default)s)")
    parser.add_argument("--tries", type=int, default=100, help="give up after so many refusals (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
