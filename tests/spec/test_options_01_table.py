"""docs/spec/options.md, section 1: what every option is by default, takes, refuses, and whether it can be read and set.

What the options do is tested beside what they do it to: see patterns.md and the other files about options.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

import zmqx

from .lib import Lib
from .states import row, states

BIG = 2**31 - 1
RW, R, W = "rw", "r", "w"


class Row(NamedTuple):
    """An option: by default it is ``default``; ``good`` values can be set and, if it is readable, read."""

    number: int
    kind: int
    default: Any
    good: list[Any]
    bad: list[Any]
    access: str = RW
    draft: bool = False


def switch(number: int, kind: int, draft: bool = False) -> Row:
    """bool≥0, of the types that can only be set."""
    return Row(number, kind, None, [0, 1, 7], [-1], W, draft)


def number_of(number: int, default: int, low: int, kind: int = zmqx.DEALER, good: list[int] | None = None) -> Row:
    """A number from ``low`` on."""
    return Row(number, kind, default, [low, *(good or []), 100, BIG], [low - 1, -(2**31)])


D, P = zmqx.DEALER, zmqx.PUB

OPTIONS = [
    Row(4, D, 0, [0, 1, 2**62], []),
    Row(5, D, b"", [b"x", b"\0x", b"x" * 255], [b"", b"x" * 256]),
    Row(6, zmqx.SUB, None, [b"", b"x", b"x" * 10_000], [], W),
    Row(7, zmqx.SUB, None, [b"", b"unknown"], [], W),
    Row(13, D, 0, [], [0, 1], R),
    Row(15, D, 0, [], [0, 1], R),
    Row(16, D, zmqx.DEALER, [], [5], R),
    number_of(17, -1, -1),
    number_of(18, 100, -1),
    number_of(21, 0, 0),
    Row(22, D, -1, [-1, 0, 1, 2**40, -(2**63), 2**63 - 1], []),
    number_of(23, 1000, 0),
    number_of(24, 1000, 0),
    number_of(27, -1, -1),
    number_of(28, -1, -1),
    Row(31, D, 1, [0, 1], [2, -1]),
    Row(32, D, b"", [], [b"x"], R),
    switch(33, zmqx.ROUTER),
    Row(39, D, 0, [0, 1], [2, -1]),
    switch(40, P),
    switch(41, zmqx.ROUTER),
    Row(42, D, 0, [0, 1], [2, -1]),
    Row(43, D, 0, [], [0, 1], R),
    Row(44, D, 0, [0, 1], [2, -1]),
    Row(45, D, b"", [b"x", b"x" * 254], [b"", b"x" * 256]),
    Row(46, D, b"", [b"x", b"x" * 254], [b"", b"x" * 256]),
    Row(47, D, 0, [0, 1], [2, -1]),
    switch(51, D),
    switch(52, zmqx.REQ),
    switch(53, zmqx.REQ),
    Row(54, D, 0, [0, 1], [2, -1]),
    Row(55, D, b"", [b"x", b"x" * 254], [b"", b"x" * 256]),
    switch(56, zmqx.ROUTER),
    Row(61, zmqx.ROUTER, None, [b"x", b"x" * 255], [b""], W),
    number_of(66, 30_000, 0),
    switch(69, P),
    switch(71, P),
    Row(72, P, None, [b"", b"x", b"x" * 1000], [], W),
    Row(73, zmqx.STREAM, None, [0, 1], [2, -1], W),
    number_of(75, 0, 0),
    Row(77, D, -1, [0, 1, BIG], [-1, -2]),
    switch(78, P),
    number_of(79, 0, 0),
    Row(95, D, None, [b"X-a:b", b"X-a:b:c", b"X-" + b"a" * 250 + b":b"], [b"a:b", b"X-a", b"X-a:", b"X:ab"], W),
    Row(97, zmqx.ROUTER, 0, [0, 1, 2, 3], [4, -1], RW, True),
    switch(98, P),
    Row(101, D, 8192, [1, 100, BIG], [0, -1], RW, True),
    Row(102, D, 8192, [1, 100, BIG], [0, -1], RW, True),
    switch(108, P),
    switch(108, zmqx.XSUB),
    Row(109, D, 0, [0, 1, 2, 4, 7, 100, -1], []),
    Row(110, D, None, [b"", b"x", b"x" * 1000], [], W, True),
    Row(111, zmqx.ROUTER, None, [b"", b"x", b"x" * 1000], [], W, True),
    Row(114, D, None, [b"", b"x", b"x" * 1000], [], W, True),
    Row(115, zmqx.XSUB, None, [0, 1, 7, -7], [], W, True),
    Row(116, P, 0, [], [0, 1], R),
]


def bare(value: Any) -> Any:
    """Text as it was set: libzmq ends it with a NUL, and pyzmq leaves it there."""
    return value.rstrip(b"\0") if isinstance(value, bytes) else value


@pytest.mark.parametrize("option", [row(f"O1.{option.number}", option) for option in OPTIONS])
def test_an_option(lib: Lib, option: Row) -> None:
    socket = lib.bare_socket(option.kind)
    number = option.number
    if option.draft and not lib.ours:  # it is a build without drafts
        with lib.fails(zmqx.EINVAL):
            socket.setsockopt(number, option.good[0])
        return
    if option.access == W:
        with lib.fails(zmqx.EINVAL):
            socket.getsockopt(number)
    else:
        assert bare(socket.getsockopt(number)) == option.default
    for value in option.good:
        socket.setsockopt(number, value)
        assert option.access == W or bare(socket.getsockopt(number)) == value
    for value in option.bad:
        before = None if option.access == W else socket.getsockopt(number)
        with lib.fails(zmqx.EINVAL):
            socket.setsockopt(number, value)
        assert option.access == W or socket.getsockopt(number) == before


ONLY = {
    33: (zmqx.ROUTER, zmqx.REP),
    40: (zmqx.XPUB, zmqx.PUB),
    41: (zmqx.ROUTER, zmqx.REP),
    51: (zmqx.REQ, zmqx.DEALER, zmqx.ROUTER, zmqx.REP),
    52: (zmqx.REQ,),
    53: (zmqx.REQ,),
    56: (zmqx.ROUTER, zmqx.REP),
    69: (zmqx.XPUB, zmqx.PUB, zmqx.RADIO),
    71: (zmqx.XPUB, zmqx.PUB),
    73: (zmqx.STREAM,),
    78: (zmqx.XPUB, zmqx.PUB),
    98: (zmqx.XPUB, zmqx.PUB),
    108: (zmqx.XPUB, zmqx.PUB, zmqx.XSUB),
}
TYPES = [*range(12), zmqx.RADIO, zmqx.DISH, zmqx.CLIENT, zmqx.SERVER]


@pytest.mark.parametrize(("number", "kinds"), [row(f"O1.{number}", number, kinds) for number, kinds in ONLY.items()])
def test_which_types_have_an_option(lib: Lib, number: int, kinds: tuple[int, ...]) -> None:
    for kind in TYPES:
        socket = lib.bare_socket(kind)
        if kind in kinds:
            socket.setsockopt(number, 1)
        else:
            with lib.fails(zmqx.EINVAL):
                socket.setsockopt(number, 1)
        socket.close()


REFUSED = [
    *(("O1.62", number) for number in (62, 63, 64, 65, 90, 91)),
    *(("O1.85", number) for number in (85, 86, 87, 88)),
    *(("O1.103", number) for number in (103, 104, 105, 106, 107)),
    *(("O1.117", number) for number in range(117, 125)),
    ("O1.201", zmqx.BLOCKY),
]


@pytest.mark.parametrize("number", [row(ids, number, name=str(int(number))) for ids, number in REFUSED])
def test_what_is_not_there_is_refused(lib: Lib, number: int) -> None:
    socket = lib.bare_socket(zmqx.DEALER)
    for value in (1, b"x"):
        try:
            socket.setsockopt(number, value)
        except TypeError:
            taken = False  # it knows of what type the value would be
        except lib.zmq.ZMQError as error:
            taken = error.errno != zmqx.EINVAL
        else:
            taken = True
        assert not taken, f"{number} takes {value!r}, or fails in another way"
    with lib.fails(zmqx.EINVAL):
        socket.getsockopt(number)


@states("O1.76")
@pytest.mark.parametrize(
    ("value", "kept"), [(0, 0), (100, 100), (199, 100), (200, 200), (6553599, 6553500), (-1, 0), (-99, 0), (5, 0)]
)
def test_a_ttl_is_kept_in_tenths(lib: Lib, value: int, kept: int) -> None:
    socket = lib.bare_socket(zmqx.DEALER)
    assert socket.getsockopt(76) == 0
    socket.setsockopt(76, value)
    assert socket.getsockopt(76) == kept


@states("O1.76")
@pytest.mark.parametrize("value", [-100, 6553600, BIG])
def test_a_ttl_that_does_not_fit(lib: Lib, value: int) -> None:
    with lib.fails(zmqx.EINVAL):
        lib.bare_socket(zmqx.DEALER).setsockopt(76, value)


@pytest.mark.parametrize("number", [row(f"O1.{number}", number) for number in (45, 46, 55)])
def test_the_longest_text(lib: Lib, number: int) -> None:
    """More than pyzmq can read again."""
    socket = lib.bare_socket(zmqx.DEALER)
    socket.setsockopt(number, b"x" * 255)
    assert not lib.ours or socket.getsockopt(number) == b"x" * 255


PGM = [number_of(8, 100, 1), number_of(9, 10_000, 0), number_of(84, 1500, 1)]


@pytest.mark.parametrize("option", [row(f"O1.{option.number}", option) for option in PGM])
def test_an_option_of_pgm(lib: Lib, option: Row) -> None:
    """libzmq takes it without having PGM; zmqx says that there is none."""
    if not lib.differs(ours=False, libzmq=True, see="0010"):
        socket = lib.bare_socket(option.kind)
        with lib.fails(zmqx.EINVAL):
            socket.setsockopt(option.number, option.default)
        with lib.fails(zmqx.EINVAL):
            socket.getsockopt(option.number)
    else:
        test_an_option(lib, option)


@pytest.mark.parametrize(("number", "default"), [row("O1.74", 74, 0), row("O1.93", 93, 0)])
def test_a_switch_that_takes_anything(lib: Lib, number: int, default: int) -> None:
    socket = lib.bare_socket(zmqx.PUB)
    assert socket.getsockopt(number) == default
    for value in (1, 7, -7):
        socket.setsockopt(number, value)
        assert socket.getsockopt(number) == 1
    socket.setsockopt(number, 0)
    assert socket.getsockopt(number) == 0
