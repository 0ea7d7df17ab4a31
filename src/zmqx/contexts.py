"""What the contexts of all faces share: options, defaults for sockets, and the end."""

from __future__ import annotations

from threading import RLock

from .constants import ContextOption
from .errors import EINVAL, ZMQError
from .forks import in_child, renew
from .options import SOCKET_TABLE, ContextOptions, Option, SocketOptions, find_option
from .times import time_to_wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar, TypeVar

    from .engine.context import ContextCore
    from .face import SocketFace

    C = TypeVar("C", bound="ContextFace")

_instance_lock = RLock()  # signal handlers may ask, too


class ContextFace(SocketOptions):
    """A context of any face. Its attributes, where they are socket options, are defaults: they apply
    to sockets made afterwards, of the types that have them."""

    _instance: ClassVar[ContextFace | None] = None

    def __init__(self, io_threads: int = 1, shadow: ContextFace | None = None) -> None:
        """``io_threads`` 0 makes a context for inproc only; one reactor serves every other value. ``shadow``
        is a context of any face to share instead of making one: with its options, its inproc names and its end."""
        self._shadowed = shadow
        self._defaults: dict[int, Any] = {}
        if shadow is not None:
            self.core: ContextCore = shadow.core
            return
        from .engine import context  # with the whole engine, which nobody needs before

        self.core = context.ContextCore()
        self.core.set_option(ContextOption.IO_THREADS, io_threads)

    @classmethod
    def shadow(cls: type[C], context: ContextFace) -> C:
        """A context of this face that shares another's core."""
        return cls(shadow=context)

    @classmethod
    def instance(cls: type[C], io_threads: int = 1) -> C:
        """The context that a process shares; a new one if there is none, or it was terminated."""
        with _instance_lock:
            found = cls.__dict__.get("_instance")
            if found is None or found.closed:
                in_child(_renew_instance_lock)
                made = cls(io_threads)
                found = cls.__dict__.get("_instance")  # a signal handler may have been faster
                if found is None or found.closed:
                    found = cls._instance = made
            return found

    def _make(self, socket_class: Callable[..., Any], socket_type: int, options: dict[str, Any]) -> Any:
        for name in options:
            if not isinstance(getattr(SocketOptions, name, None), Option):
                raise TypeError(f"{name!r} is not a socket option")
        made = socket_class(self, socket_type)
        try:
            for name, value in options.items():
                setattr(made, name, value)
        except BaseException:
            made.close(0)
            raise
        return made

    # -- options

    def __setattr__(self, name: str, value: Any) -> None:
        option = _context_option(name)
        if option is not None:
            self.core.set_option(option.number, value)
            return
        if not (name.startswith("_") or name == "core" or hasattr(type(self), name)):
            # A typing error must not look like an option that was set.
            raise AttributeError(f"a context has no option {name!r}")
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        option = _context_option(name)
        if option is None:
            raise AttributeError(f"a context has no attribute {name!r}")
        try:
            return self.core.get_row(option)
        except ZMQError as error:
            if error.errno != EINVAL:
                raise
            # hasattr, inspect and mock are to pass over what cannot be read.
            raise AttributeError(str(error)) from error

    def set(self, option: int, optval: Any) -> None:
        """Set a context option by number. EINVAL or TypeError says what is wrong, EFAULT that the context has been
        terminated. (zmq_ctx_set)"""
        self.core.set_option(option, optval)

    def get(self, option: int) -> Any:
        """Read a context option by number; EINVAL if there is none to read, EFAULT if the context has been
        terminated. (zmq_ctx_get)"""
        return self.core.get_option(option)

    def setsockopt(self, opt: int, value: Any) -> None:
        """Set a socket option's default for the sockets of this context."""
        self.write_option(find_option(SOCKET_TABLE, opt), value)

    def getsockopt(self, opt: int) -> Any:
        """The default of a socket option: what was set here, or else what it always is. EINVAL if there is no such
        option."""
        option = find_option(SOCKET_TABLE, opt)
        if not option.access:
            option.convert(None)  # raises, and says why
        return self.read_option(option)

    def read_option(self, option: Option) -> Any:
        if not option.access:
            raise AttributeError(f"{option.name} does not exist here")
        return self._defaults.get(option.number, option.default)

    def write_option(self, option: Option, value: Any) -> None:
        value = option.convert(value)
        self._defaults.pop(option.number, None)  # in the order in which they were set: the last mechanism counts
        self._defaults[option.number] = value

    def apply_defaults(self, socket: SocketFace) -> None:
        """Give a new socket the defaults that mean something to its type."""
        for number, value in self._defaults.items():
            try:
                socket.setsockopt(number, value)
            except ZMQError as error:
                if error.errno != EINVAL:
                    raise

    # -- life

    @property
    def closed(self) -> bool:
        """Whether the context was terminated."""
        return self.core.terminated

    def shutdown(self) -> None:
        """Make every call on every socket of this context fail with ETERM, but ``close``. Wakes those
        that wait. Does not block. (zmq_ctx_shutdown)"""
        self.core.shutdown()

    def term(self, timeout: float | None = None) -> None:
        """End the context: ``shutdown``, then wait until every socket is closed and has sent, or
        lingered, out.

        ``timeout`` is in ms; None and negative wait for ever. Raises Again when the time is up: its
        text names the sockets still open, where they were made and what is unsent. May be called
        again. (zmq_ctx_term)
        """
        ms = time_to_wait(timeout)
        self.core.term(None if ms < 0 else ms / 1000)

    def destroy(self, linger: float | None = None, timeout: float | None = None) -> None:
        """Close every socket (``linger`` in ms, as ``Socket.close``; 0 ends the lingering of those closed before as
        well), then ``term``."""
        ms = time_to_wait(timeout)
        self.core.close_sockets(linger if linger is None else time_to_wait(linger, "linger"))
        self.term(ms)

    def __enter__(self: C) -> C:
        return self

    def __exit__(self, *exc: object) -> None:
        self.destroy()

    def __del__(self) -> None:
        core = getattr(self, "core", None)
        if core is not None and self._shadowed is None:
            core.leave()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<{type(self).__module__}.{type(self).__qualname__}, {state}, {id(self):#x}>"


def _renew_instance_lock() -> None:
    renew(_instance_lock)


def _context_option(name: str) -> Option | None:
    """The option of the context that has this name, in either spelling, unless sockets have one too."""
    if name.lower() != name and name.upper() != name:
        return None
    option = vars(ContextOptions).get(name.lower())
    return option if isinstance(option, Option) and not hasattr(SocketOptions, name) else None
