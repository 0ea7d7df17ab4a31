"""What a transport gives to the engine. Nothing here blocks, but where it says so.

A stream belongs to the session that was given it: it reads, writes and closes it, under the lock of
its core. Errors of the system come out as OSError, always about this one stream.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..errors import EINVAL, zmq_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..message import Part
    from ..options import Settings

#: An address of the system's: family and sockaddr.
Candidate = tuple[int, object]


class Stream(ABC):
    """A connected, non-blocking byte duct."""

    #: The endpoints at both ends, as far as they have names.
    local: str
    remote: str

    #: Up to so many bytes, empty at the end of the stream; BlockingIOError if there are none now.
    recv: Callable[[int], bytes]

    #: Write one buffer; how many bytes of it fit. BlockingIOError if none do.
    send: Callable[[Part], int]

    #: What reads and decodes in one, writes, and may be looked after by a standby (``_accel.calls``), where that is.
    duct: Any = None

    #: Look for something to read for so many seconds at most, and say whether there is; None: there is no better way
    #: than to read.
    spin: Callable[[float], bool] | None = None

    #: Ask the peer for a sign of life, where that is not ZMTP's business; None where it is.
    ping: Callable[[], None] | None = None

    #: Is called when such a sign has come.
    heard: Callable[[], None] = staticmethod(lambda: None)

    #: Is called when hands have been shaken: the peer is no stranger any more.
    shaken: Callable[[], None] = staticmethod(lambda: None)

    #: Is told of bytes that came, and of which ``recv`` gave nothing; only where there may be such.
    held: Callable[[int], None] = staticmethod(lambda size: None)
    holds = False

    @abstractmethod
    def fileno(self) -> int:
        """The descriptor to watch."""

    @abstractmethod
    def write(self, buffers: list[Part]) -> list[Part]:
        """Write buffers in order; returns what did not fit. The caller keeps the buffers alive.

        After an OSError nothing of them has been written."""

    def peer_address(self) -> str:
        """Who the peer is, as the property "Peer-Address" and ZAP (RFC 27) have it: an IP address, or
        ``localhost:user:group:process``."""
        return self.remote

    def said(self) -> dict[str, str]:
        """What it says of the peer, as properties of its messages ("__fd" is what libzmq calls it)."""
        return {"Peer-Address": self.peer_address(), "__fd": str(self.fileno())}

    @abstractmethod
    def end_writing(self) -> None:
        """Tell the peer that nothing more will come. May be called on a broken stream."""

    @abstractmethod
    def end_reading(self) -> None:
        """Take nothing more: the descriptor is readable from now on. May be called on a broken stream."""

    @abstractmethod
    def close(self) -> None:
        """Release the descriptor. May be called twice."""


class Dial(ABC):
    """A connection in the making."""

    #: Whether the system has connected already, without a wait: ``finish`` may be called at once.
    done: bool

    #: Whether ``finish`` waits for the descriptor to become readable, not writable.
    wants_read = False

    @abstractmethod
    def fileno(self) -> int:
        """The descriptor that becomes writable, or readable, when ``finish`` should be called."""

    @abstractmethod
    def finish(self) -> Stream:
        """The stream, if the attempt succeeded; BlockingIOError if it is still under way; any other OSError
        says why not, and the dial is closed."""

    @abstractmethod
    def close(self) -> None:
        """Give up. May be called twice."""


class Acceptor(ABC):
    """A bound, listening socket."""

    endpoint: str

    @abstractmethod
    def fileno(self) -> int:
        """The descriptor that becomes readable when a peer waits."""

    @abstractmethod
    def accept(self) -> Stream | None:
        """The next peer, or None. OSError if the system has no room for it (EMFILE, ENOMEM)."""

    @abstractmethod
    def close(self) -> None:
        """Stop listening; the address is free when this returns. May be called twice."""

    def abandon(self) -> None:
        """It is not used after all: close it, or give it back to whom it came from."""
        self.close()

    @abstractmethod
    def disown(self) -> None:
        """In a forked child: release the descriptor, and leave the address to the parent."""


class Transport(ABC):
    """One scheme. ``check_*`` take the caller's text and raise ZMQError for it, at once."""

    scheme: str

    @abstractmethod
    def check_bind(self, address: str) -> Any:
        """The address to listen on, parsed; raises EINVAL or ENAMETOOLONG."""

    @abstractmethod
    def check_connect(self, address: str) -> Any:
        """The address to connect to, parsed; raises EINVAL or ENAMETOOLONG."""

    @abstractmethod
    def listen(self, address: Any, settings: Settings) -> Acceptor:
        """Bind and listen. May block to look up a name. Raises ZMQError naming the endpoint."""

    def other_name(self, address: str, settings: Settings) -> str | None:
        """The endpoint that this address is when it is bound, if that is another. May block to look up a name."""
        return None

    def adopt(self, fd: int, settings: Settings) -> Acceptor:
        """Listen at a descriptor that is bound, and own it from now on. EINVAL if it is of a wrong kind; it is
        left alone then."""
        raise zmq_error(EINVAL, f"{self.scheme}:// cannot take over descriptor {fd}")

    @abstractmethod
    def candidates(self, address: Any, settings: Settings) -> list[Candidate] | None:
        """Where to connect to, or None if a name has to be looked up first."""

    @abstractmethod
    def look_up(self, address: Any, settings: Settings) -> list[Candidate]:
        """Where to connect to. Blocks: for a thread of its own. OSError if there is no such name."""

    @abstractmethod
    def dial(self, address: Any, candidate: Candidate, settings: Settings) -> Dial:
        """Begin to connect. OSError if that fails at once."""


class Datagrams(ABC):
    """A non-blocking datagram socket, bound or aimed at one receiver. BlockingIOError says "not now"; any other
    OSError is about this one datagram."""

    endpoint: str

    @abstractmethod
    def fileno(self) -> int:
        """The descriptor to watch."""

    @abstractmethod
    def receive(self) -> tuple[bytes, str]:
        """The next datagram, and where it came from, as ``send_to`` takes it."""

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Send to whom it is aimed at."""

    @abstractmethod
    def send_to(self, data: bytes, address: str) -> None:
        """Send to an address. ValueError if it is none; nothing is looked up."""

    @abstractmethod
    def close(self) -> None:
        """Release the descriptor; the address is free when this returns. May be called twice."""

    def abandon(self) -> None:
        """It is not used after all."""
        self.close()


class DatagramTransport(ABC):
    """One scheme without connections. ``check_*`` as those of a Transport."""

    scheme: str

    @abstractmethod
    def check_bind(self, address: str) -> Any:
        """The address to receive at, parsed; raises EINVAL."""

    @abstractmethod
    def check_connect(self, address: str) -> Any:
        """The address to send to, parsed; raises EINVAL."""

    @abstractmethod
    def listen(self, address: Any, settings: Settings) -> Datagrams:
        """Bind, and receive from now on. May block to look up a name. Raises ZMQError naming the endpoint."""

    def other_name(self, address: str, settings: Settings) -> str | None:
        """The endpoint that this address is when it is bound, if that is another. May block to look up a name."""
        return None

    def adopt(self, fd: int, settings: Settings) -> Datagrams:
        """Descriptors from elsewhere are for streams: EINVAL."""
        raise zmq_error(EINVAL, f"{self.scheme}:// cannot take over descriptor {fd}")

    @abstractmethod
    def candidates(self, address: Any, settings: Settings) -> list[Candidate] | None:
        """Where to send to, or None if a name has to be looked up first."""

    @abstractmethod
    def look_up(self, address: Any, settings: Settings) -> list[Candidate]:
        """Where to send to. Blocks: for a thread of its own. OSError if there is no such name."""

    @abstractmethod
    def aim(self, address: Any, candidate: Candidate, settings: Settings) -> Datagrams:
        """Make ready to send. Raises ZMQError naming the endpoint."""
