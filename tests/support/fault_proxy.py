"""A TCP proxy in between, with named faults: the network as it is on a bad day.

It relays each connection in two threads. A fault is set for a direction ("up": from the client to the
server) and takes hold of the bytes that come after.
"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field

from .raw_peer import address_of


@dataclass
class Fault:
    """What happens to bytes of one direction."""

    lose: bool = False  # take them and pass nothing on
    chunk: int = 0  # pass them on in pieces of this size
    reset_after: int = -1  # reset both sides after so many bytes more
    close_after: int = -1  # half-close towards the receiver after so many bytes more


@dataclass
class _Relay:
    client: socket.socket
    server: socket.socket
    threads: list[threading.Thread] = field(default_factory=list)


class FaultProxy:
    """Listens on loopback and relays to a tcp endpoint."""

    def __init__(self, target: str) -> None:
        self._target = address_of(target)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self.faults = {"up": Fault(), "down": Fault()}
        self.accepted = threading.Semaphore(0)
        self._relays: list[_Relay] = []
        self._closed = False
        self._thread = threading.Thread(target=self._accept, name="fault-proxy")
        self._thread.start()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target, 10)
            except OSError:
                client.close()
                continue
            relay = _Relay(client, server)
            self._relays.append(relay)
            for direction, source, sink in (("up", client, server), ("down", server, client)):
                thread = threading.Thread(target=self._pass_on, args=(relay, direction, source, sink))
                relay.threads.append(thread)
                thread.start()
            self.accepted.release()

    def _pass_on(self, relay: _Relay, direction: str, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                fault = self.faults[direction]
                if fault.lose:
                    continue
                if fault.reset_after >= 0 and len(data) > fault.reset_after:
                    sink.sendall(data[: fault.reset_after])
                    self.reset(relay)
                    return
                if fault.close_after >= 0 and len(data) > fault.close_after:
                    sink.sendall(data[: fault.close_after])
                    break
                step = fault.chunk or len(data)
                for start in range(0, len(data), step):
                    sink.sendall(data[start : start + step])
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one side is gone; the other thread sees it too

    def reset(self, relay: _Relay | None = None) -> None:
        """Reset a connection, or all of them."""
        for each in [relay] if relay is not None else self._relays:
            for sock in (each.client, each.server):
                try:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # gone already
                sock.close()

    def close(self) -> None:
        self._closed = True
        # A blocked accept() is woken by shutdown(), not by close().
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # not connected: enough
        self._listener.close()
        self._thread.join(10)
        self.reset()
        for relay in self._relays:
            for thread in relay.threads:
                thread.join(10)

    def __enter__(self) -> FaultProxy:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
