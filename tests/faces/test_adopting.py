"""``bind_socket``: sockets that were prepared by somebody else."""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

import zmqx
from zmqx.options import Settings
from zmqx.transports.base import Acceptor
from zmqx.transports.tcp import Tcp

from ..support.bridge import BridgedContext, LoopThread


def prepared(kind: str, endpoint_of: Callable[[str], str]) -> socket.socket:
    """A socket that is bound; listening or not."""
    if kind == "tcp":
        return socket.create_server(("127.0.0.1", 0))
    if kind == "tcp6":
        return socket.create_server(("::1", 0), family=socket.AF_INET6)
    if kind == "not-yet-listening":
        made = socket.socket()
        made.bind(("127.0.0.1", 0))
        return made
    path = endpoint_of(kind).removeprefix("ipc://")
    made = socket.socket(socket.AF_UNIX)
    made.bind("\0" + path[1:] if path.startswith("@") else path)
    made.listen()
    return made


@pytest.mark.parametrize("kind", ["tcp", "tcp6", "not-yet-listening", "ipc", "abstract"])
@pytest.mark.parametrize("given", ["socket", "number"])
def test_it_is_listened_at(ctx: zmqx.Context, endpoint_of: Callable[[str], str], kind: str, given: str) -> None:
    pull, push = ctx.socket(zmqx.PULL), ctx.socket(zmqx.PUSH, ipv6=int(kind == "tcp6"))
    made = prepared(kind, endpoint_of)
    endpoint = pull.bind_socket(made if given == "socket" else made.detach())
    assert made.fileno() == -1, "the socket owns it now"
    assert pull.last_endpoint == endpoint.encode()
    push.connect(endpoint)
    push.send(b"x")
    assert pull.recv(timeout=10_000) == b"x"
    pull.unbind(endpoint)
    if kind in ("tcp", "abstract"):
        pull.bind(endpoint)  # the address is free


def test_the_file_of_another_stays(ctx: zmqx.Context, endpoint_of: Callable[[str], str]) -> None:
    pull = ctx.socket(zmqx.PULL)
    endpoint = pull.bind_socket(prepared("ipc", endpoint_of))
    pull.close()
    assert os.path.exists(endpoint.removeprefix("ipc://"))


def test_as_a_context_manager(ctx: zmqx.Context, endpoint_of: Callable[[str], str]) -> None:
    pull = ctx.socket(zmqx.PULL)
    with pull.bind_socket(prepared("tcp", endpoint_of)):
        endpoint = pull.last_endpoint.decode()
    with pytest.raises(zmqx.ZMQError, match="not bound"):
        pull.unbind(endpoint)


def test_on_asyncio(endpoint_of: Callable[[str], str]) -> None:
    loop = LoopThread()
    context: Any = BridgedContext(loop)
    try:
        pull, push = context.socket(zmqx.PULL), context.socket(zmqx.PUSH)
        push.connect(pull.bind_socket(prepared("tcp", endpoint_of)))
        push.send(b"x")
        assert pull.recv(timeout=10_000) == b"x"
    finally:
        context.destroy(linger=0, timeout=10_000)
        loop.close()


@pytest.mark.parametrize("wrong", ["datagram", "connected", "unbound", "closed", "file", "negative", "unknown"])
def test_anything_else_is_refused_at_once_and_left_as_it_was(ctx: zmqx.Context, wrong: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, open(os.devnull) as file:
        connected = socket.create_connection(server.getsockname())
        datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagram.bind(("127.0.0.1", 0))
        unbound, closed = socket.socket(), socket.socket()
        closed.close()
        things: dict[str, Any] = {
            "datagram": datagram,
            "connected": connected,
            "unbound": unbound,
            "closed": closed,
            "file": file.fileno(),
            "negative": -1,
            "unknown": 2**31,
        }
        pull = ctx.socket(zmqx.PULL)
        thing = things[wrong]
        number = thing if isinstance(thing, int) else thing.fileno()
        with pytest.raises(zmqx.ZMQError, match=f"descriptor {number} ") as caught:
            pull.bind_socket(thing)
        assert caught.value.errno == zmqx.EINVAL
        assert pull.last_endpoint == b""
        for sock in (connected, datagram, unbound):
            assert sock.fileno() >= 0
            sock.getsockname()
            sock.close()
        os.fstat(file.fileno())


def test_a_closed_socket_takes_nothing(ctx: zmqx.Context, endpoint_of: Callable[[str], str]) -> None:
    pull = ctx.socket(zmqx.PULL)
    pull.close()
    with prepared("tcp", endpoint_of) as made:
        with pytest.raises(zmqx.ZMQError) as caught:
            pull.bind_socket(made)
        assert caught.value.errno == zmqx.ENOTSOCK
        assert made.fileno() >= 0


def test_what_is_no_descriptor_is_a_type_error(ctx: zmqx.Context) -> None:
    with pytest.raises((TypeError, AttributeError)):
        ctx.socket(zmqx.PULL).bind_socket("tcp://127.0.0.1:1")


def test_filters_and_kernel_options_are_for_those_who_come(ctx: zmqx.Context) -> None:
    pull = ctx.socket(zmqx.PULL, tcp_accept_filter=b"10.0.0.0/8")
    with pull.events(zmqx.EVENT_ACCEPT_FAILED) as events:
        ctx.socket(zmqx.PUSH).connect(pull.bind_socket(socket.create_server(("127.0.0.1", 0))))
        assert "TCP_ACCEPT_FILTER" in events.recv(timeout=10_000).reason


WORKER = """
import socket, sys, zmqx
with zmqx.Context() as context:
    replies = context.socket(zmqx.REP)
    replies.bind_socket(int(sys.argv[1]))
    replies.recv(timeout=20_000)
    replies.send(sys.argv[2].encode())
    replies.close(linger=5000)
"""


def test_workers_share_what_their_parent_made(ctx: zmqx.Context) -> None:
    """Each takes its copy and closes that; the parent's, and so the address, outlives them."""
    import subprocess

    with socket.create_server(("127.0.0.1", 0)) as shared:
        os.set_inheritable(shared.fileno(), True)
        endpoint = f"tcp://127.0.0.1:{shared.getsockname()[1]}"
        for name in ("one", "two"):
            command = [sys.executable, "-c", WORKER, str(shared.fileno()), name]
            with subprocess.Popen(command, pass_fds=[shared.fileno()]) as worker:
                with ctx.socket(zmqx.REQ, linger=0) as req:
                    req.connect(endpoint)
                    req.send(b"who?")
                    assert req.recv(timeout=20_000) == name.encode()
                assert worker.wait(20) == 0


def _serve(shared: socket.socket, name: bytes) -> None:
    """What a forked worker does."""
    with zmqx.Context() as context:
        replies = context.socket(zmqx.REP)
        replies.bind_socket(shared)
        replies.recv(timeout=20_000)
        replies.send(name)
        replies.close(linger=5000)


def test_forked_workers_share_what_their_parent_made(ctx: zmqx.Context) -> None:
    with socket.create_server(("127.0.0.1", 0)) as shared:
        address = shared.getsockname()
        for name in (b"one", b"two"):
            worker = os.fork()
            if not worker:
                try:
                    _serve(shared, name)
                except BaseException:  # noqa: BLE001  # the parent sees it by the status
                    os._exit(1)
                os._exit(0)
            with ctx.socket(zmqx.REQ, linger=0) as req:
                req.connect(f"tcp://127.0.0.1:{address[1]}")
                req.send(b"who?")
                assert req.recv(timeout=20_000) == name
            assert os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) == 0
        assert shared.getsockname() == address


@pytest.mark.parametrize("what", ["3", None, 1.5, object()])
def test_what_has_no_descriptor_is_told(ctx: zmqx.Context, what: object) -> None:
    with pytest.raises(TypeError, match="takes a socket or a descriptor"):
        ctx.socket(zmqx.PULL).bind_socket(what)


def test_of_two_binds_at_one_time_only_one_takes_the_descriptor(
    ctx: zmqx.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """USE_FD is for the next bind. Two owners would close it twice, the second time perhaps somebody else's."""
    pull = ctx.socket(zmqx.PULL, use_fd=prepared("tcp", str).detach())
    adopting = Tcp.adopt
    other: list[str] = []

    def adopt(self: Tcp, fd: int, settings: Settings) -> Acceptor:
        thread = threading.Thread(target=lambda: other.append(pull.bind("tcp://127.0.0.1:*")))
        thread.start()
        thread.join(10)
        return adopting(self, fd, settings)

    monkeypatch.setattr(Tcp, "adopt", adopt)
    mine = pull.bind("tcp://127.0.0.1:*")
    assert len(other) == 1
    assert other[0] != mine
    pull.close()


def test_a_descriptor_that_another_owner_shuts_down_holds_up_nobody(ctx: zmqx.Context) -> None:
    made = socket.create_server(("127.0.0.1", 0))
    pull = ctx.socket(zmqx.PULL)
    with made.dup() as other, pull.events(zmqx.EVENT_ACCEPT_FAILED) as events:
        pull.bind_socket(made)
        other.shutdown(socket.SHUT_RDWR)
        assert events.recv(timeout=10_000).value == errno.EINVAL
    pull.close()


def test_other_programs_do_not_get_what_is_ours_now(ctx: zmqx.Context) -> None:
    with socket.create_server(("127.0.0.1", 0)) as made:
        os.set_inheritable(made.fileno(), True)
        number = made.fileno()
        ctx.socket(zmqx.PULL).bind_socket(made)
        assert not os.get_inheritable(number)
