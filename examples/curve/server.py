"""A server that talks to those it knows, and to nobody else; and nobody else can read what is said.

It makes its pair of keys when it starts and prints the public one. Whoever knows that can check that it talks to this
server; whom the server lets in, the file of known clients says: a line for each, a name and a public key.
"""

import argparse
from pathlib import Path

import zmqx

PATIENCE = 60_000  # ms to wait for anything


def who_is(key: bytes, known: Path) -> str:
    """The name of a public key; "" if nobody has said who that is. Read anew every time: the file may grow."""
    lines = known.read_text().splitlines() if known.exists() else []
    names = {text: name for name, text in (line.split() for line in lines)}
    return names.get(zmqx.z85.encode(key).decode(), "")


def main(ctx: zmqx.Context, endpoint: str, known: str) -> None:
    public, secret = zmqx.curve_keypair()
    with ctx.socket(zmqx.REP) as door, ctx.socket(zmqx.REP, curve_server=1, curve_secretkey=secret) as server:
        # Every socket of this context asks whoever is bound here.
        door.bind("inproc://zeromq.zap.01")
        print("my public key is", public.decode())
        print("listening at", server.bind(endpoint))
        poller = zmqx.Poller()
        poller.register(door, zmqx.POLLIN)
        poller.register(server, zmqx.POLLIN)
        while ready := dict(poller.poll(PATIENCE)):
            if door in ready:
                version, number, _domain, address, _identity, _mechanism, key = door.recv_multipart()
                name = who_is(key, Path(known))
                print(f"{name} is let in" if name else f"somebody at {address.decode()} is turned away")
                verdict = [b"200", b"OK"] if name else [b"400", b"I do not know you"]
                door.send_multipart([version, number, *verdict, name.encode(), b""])
            if server in ready:
                question = server.recv(copy=False)
                name = question.get("User-Id")  # what we have answered above
                if question.bytes == b"goodbye":
                    server.send_string(f"goodbye, {name}")
                    return
                server.send_string(f"{name}, {question.bytes.decode()} has {len(question)} letters")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:5580", help="to bind (default: %(default)s)")
    parser.add_argument("--known", default="known_clients.txt", help="names and public keys (default: %(default)s)")
    with zmqx.Context() as ctx:
        main(ctx, **vars(parser.parse_args()))
