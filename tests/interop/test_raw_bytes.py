"""STREAM among those who speak HTTP, plain bytes, or are a STREAM of libzmq."""

from __future__ import annotations

import http.client
import socketserver
import threading
from collections.abc import Iterator

import pytest

import zmqx

from ..support.callers import Caller
from ..support.judge import Judge
from ..support.raw_peer import address_of

WITHIN = 10_000  # ms


def answer(request: bytes) -> bytes:
    """A page for a request."""
    method, path, _ = request.split(b" ", 2)
    body = b"%s of %s, %d bytes" % (method, path, len(request.partition(b"\r\n\r\n")[2]))
    return b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return bool(end) and len(body) >= length


def serve(stream: zmqx.Socket, count: int) -> None:
    """A web server, for so many requests."""
    requests: dict[bytes, bytes] = {}
    while count:
        who, data = stream.recv_multipart(timeout=WITHIN)
        requests[who] = requests.get(who, b"") + data
        if whole(requests[who]):
            # In one go: the answer has its length in it, and who has read so much may be gone.
            stream.send_multipart([who, answer(requests.pop(who)), who, b""])
            count -= 1


def test_a_web_server(ctx: zmqx.Context) -> None:
    stream = ctx.socket(zmqx.STREAM)
    host, port = address_of(stream.bind("tcp://127.0.0.1:*"))
    serving = Caller(serve, stream, 20)
    for number in range(20):
        asking = http.client.HTTPConnection(host, port, timeout=10)
        try:
            body = b"x" * (number * 10_000)
            asking.request("POST" if number else "GET", f"/{number}", body or None)
            reply = asking.getresponse()
            assert reply.status == 200
            assert reply.read() == b"%s of /%d, %d bytes" % (b"POST" if number else b"GET", number, len(body))
        finally:
            asking.close()
    serving.result()


class _Shouting(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(line.upper())


@pytest.fixture
def shouting() -> Iterator[str]:
    """A line server, plain sockets and threads."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Shouting) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_client_of_a_plain_server(ctx: zmqx.Context, shouting: str) -> None:
    stream = ctx.socket(zmqx.STREAM)
    names = []
    for _ in range(3):
        stream.connect(shouting)
        names.append(stream.getsockopt(zmqx.ROUTING_ID))
    assert len(set(names)) == 3
    came = {stream.recv_multipart(timeout=WITHIN)[0] for _ in names}
    assert came == set(names)
    for name in names:
        stream.send_multipart([name, b"hello " + name.hex().encode() + b"\n"])
    got = dict.fromkeys(names, b"")
    while not all(line.endswith(b"\n") for line in got.values()):
        who, data = stream.recv_multipart(timeout=WITHIN)
        got[who] += data
    assert got == {name: b"HELLO " + name.hex().upper().encode() + b"\n" for name in names}
    for name in names:
        stream.send_multipart([name, b""])


@pytest.mark.parametrize("we_bind", [True, False], ids=["we-bind", "they-bind"])
def test_with_a_stream_of_libzmq(ctx: zmqx.Context, judge: Judge, we_bind: bool) -> None:
    ours, theirs = ctx.socket(zmqx.STREAM), judge.socket("STREAM")
    if we_bind:
        theirs.connect(ours.bind("tcp://127.0.0.1:*"))
    else:
        ours.connect(theirs.bind("tcp://127.0.0.1:*"))
    to_them, first = ours.recv_multipart(timeout=WITHIN)
    to_us, second = theirs.recv_multipart()
    assert (first, second) == (b"", b"")
    data = bytes(range(256)) * 4
    ours.send_multipart([to_them, data])
    got = b""
    while len(got) < len(data):
        who, chunk = theirs.recv_multipart()
        assert who == to_us
        got += chunk
    assert got == data
    theirs.send_multipart([to_us, b"back"])
    assert ours.recv_multipart(timeout=WITHIN) == [to_them, b"back"]
    ours.send_multipart([to_them, b""])
    assert theirs.recv_multipart() == [to_us, b""]
