"""A TCP proxy in between, with named faults: the network as it is on a bad day.

It relays each connection in two threads. A fault is set for a direction ("up": from the client to the
server) and takes hold of the bytes that come after.
"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field

from .raw_peer import address_of

# Seconds until a thread that waits for bytes notices that its connection is cut.
_GLANCE = 0.02


@dataclass
class Fault:
    """What happens to bytes of one direction."""

    lose: bool = False  # take them and pass nothing on
    chunk: int = 0  # pass them on in pieces of this size
    delay: float = 0.0  # seconds of pause after each piece
    split_after: int = -1  # pause (``delay``, or a moment) once so many bytes more have passed
    reset_after: int = -1  # reset both sides after so many bytes more
    close_after: int = -1  # half-close towards the receiver after so many bytes more


@dataclass
class _Relay:
    client: socket.socket
    server: socket.socket
    cut: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)
    running: int = 2


class FaultProxy:
    """Listens on loopback and relays to a tcp endpoint."""

    def __init__(self, target: str) -> None:
        self._target = address_of(target)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self.faults = {"up": Fault(), "down": Fault()}
        self.passed = {"up": 0, "down": 0}  # bytes, in all connections together
        self.accepted = threading.Semaphore(0)
        self._relays: list[_Relay] = []
        self._lock = threading.Lock()
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
            for sock in (client, server):
                sock.settimeout(_GLANCE)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            relay = _Relay(client, server)
            self._relays.append(relay)
            for direction, source, sink in (("up", client, server), ("down", server, client)):
                thread = threading.Thread(target=self._relay, args=(relay, direction, source, sink))
                relay.threads.append(thread)
                thread.start()
            self.accepted.release()

    def _relay(self, relay: _Relay, direction: str, source: socket.socket, sink: socket.socket) -> None:
        try:
            self._pass_on(relay, direction, source, sink)
        except OSError:
            pass  # one side is gone; the other thread sees it too
        with self._lock:
            relay.running -= 1
            last = not relay.running
        if last:
            # Only now does nobody else hold the sockets, so that closing them is what the peers see.
            for sock in (relay.client, relay.server):
                if relay.cut.is_set():
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                sock.close()

    def _pass_on(self, relay: _Relay, direction: str, source: socket.socket, sink: socket.socket) -> None:
        while not relay.cut.is_set():
            try:
                data = source.recv(65536)
            except TimeoutError:
                continue
            if not data:
                sink.shutdown(socket.SHUT_WR)
                return
            fault = self.faults[direction]
            if fault.lose:
                continue
            while data:
                size = min(fault.chunk or len(data), len(data))
                for limit in (fault.split_after, fault.reset_after, fault.close_after):
                    if limit >= 0:
                        size = min(size, limit)
                self._send(relay, sink, data[:size])
                data = data[size:]
                self.passed[direction] += size
                if self._strike(relay, fault, size):
                    if fault.close_after == 0:
                        sink.shutdown(socket.SHUT_WR)
                    return

    def _strike(self, relay: _Relay, fault: Fault, size: int) -> bool:
        """Count these bytes; whether the relay ends here."""
        pause = fault.delay
        if fault.split_after >= 0:
            fault.split_after -= size
            if fault.split_after == 0:
                fault.split_after = -1
                pause = pause or 0.001
        if fault.close_after >= 0:
            fault.close_after -= size
        if fault.reset_after >= 0:
            fault.reset_after -= size
            if fault.reset_after == 0:
                fault.reset_after = -1
                relay.cut.set()
        if pause:
            relay.cut.wait(pause)
        return fault.close_after == 0 or relay.cut.is_set()

    def _send(self, relay: _Relay, sink: socket.socket, data: bytes) -> None:
        while data and not relay.cut.is_set():
            try:
                data = data[sink.send(data) :]
            except TimeoutError:
                continue

    def reset(self) -> None:
        """Reset all connections."""
        for relay in list(self._relays):
            relay.cut.set()

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
