"""ZMTP 2.0 to 3.1 framing: what comes in, at every boundary and in every piece; what goes out."""

from __future__ import annotations

import tracemalloc

import pytest

from zmqx.message import Item, Part, Subscription
from zmqx.wire import frames
from zmqx.wire.frames import Decoder

from ..support.raw_peer import frame
from .driver import FEEDINGS, Feeding, decode, every_feeding

MORE, LONG, COMMAND = 1, 2, 4


def long_form(body: bytes, flags: int = 0) -> bytes:
    return bytes((flags | LONG,)) + len(body).to_bytes(8, "big") + body


CASES: dict[str, tuple[bytes, list[object]]] = {
    "nothing": (b"", []),
    **{f"size {size}": (frame(b"s" * size), [b"s" * size]) for size in (0, 1, 2, 254, 255, 256, 257, 1023, 1024, 5000)},
    **{f"long form of {size}": (long_form(b"l" * size), [b"l" * size]) for size in (0, 1, 255, 256)},
    "two frames": (frame(b"a", MORE) + frame(b"b"), [[b"a", b"b"]]),
    "an envelope": (frame(b"", MORE) + frame(b"body"), [[b"", b"body"]]),
    "an envelope around nothing": (frame(b"", MORE) + frame(b""), [[b"", b""]]),
    "an empty end": (frame(b"a", MORE) + frame(b""), [[b"a", b""]]),
    "long frames with more": (
        frame(b"x" * 2000, MORE) + frame(b"y" * 256, MORE) + frame(b"z" * 1500),
        [[b"x" * 2000, b"y" * 256, b"z" * 1500]],
    ),
    "a hundred frames": (
        b"".join(frame(b"%d" % n, MORE) for n in range(99)) + frame(b"end"),
        [[*(b"%d" % n for n in range(99)), b"end"]],
    ),
    "runs of one size": (
        frame(b"same") * 100 + frame(b"other!") + frame(b"") * 70,
        [b"same"] * 100 + [b"other!"] + [b""] * 70,
    ),
    "a run that a flag ends": (
        frame(b"1") * 40 + frame(b"1", MORE) + frame(b"1") * 40,
        [b"1"] * 40 + [[b"1", b"1"]] + [b"1"] * 39,
    ),
    "a run that a command ends": (
        frame(b"1") * 40 + frame(b"1", COMMAND) + frame(b"1") * 40,
        [b"1"] * 40 + [(b"1",)] + [b"1"] * 40,
    ),
    "reserved bits": (b"\xf8\x01a" + b"\xf9\x01b" + b"\x08\x01c", [b"a", [b"b", b"c"]]),
    "reserved bits of a long frame": (b"\xfa" + (300).to_bytes(8, "big") + b"r" * 300, [b"r" * 300]),
    "a command": (frame(b"\x03FOO", COMMAND), [(b"\x03FOO",)]),
    "an empty command": (frame(b"", COMMAND), [(b"",)]),
    "a long command": (frame(b"\x03FOO" + b"x" * 3000, COMMAND), [(b"\x03FOO" + b"x" * 3000,)]),
    "a command with more": (frame(b"c", COMMAND | MORE) + frame(b"m"), [(b"c",), b"m"]),
    "a command between messages": (frame(b"a") + frame(b"c", COMMAND) + frame(b"b"), [b"a", (b"c",), b"b"]),
    "a command within a message": (frame(b"a", MORE) + frame(b"c", COMMAND) + frame(b"b"), [(b"c",), [b"a", b"b"]]),
    "commands alone": (frame(b"c", COMMAND) * 3, [(b"c",)] * 3),
    "long and short in turn": ((frame(b"L" * 1100) + frame(b"s")) * 4, [b"L" * 1100, b"s"] * 4),
}


@every_feeding
@pytest.mark.parametrize("case", CASES)
def test_bytes_become_messages(case: str, feeding: Feeding) -> None:
    data, expected = CASES[case]
    for push in (False, True):
        decoder = Decoder()
        tail = b"\x00\x03en"
        assert decode(decoder, feeding, data + (tail if feeding.trailing else b""), push) == expected
        assert decoder.error is None
        if feeding.trailing:
            assert decode(decoder, FEEDINGS[0], b"d", push) == [b"end"]


@every_feeding
@pytest.mark.parametrize("flags", [0, MORE, COMMAND], ids=["last", "more", "command"])
@pytest.mark.parametrize(("limit", "size"), [(0, 1), (10, 11), (255, 256), (256, 257), (65536, 65537)])
def test_a_frame_of_one_byte_too_many_ends_it_all(limit: int, size: int, flags: int, feeding: Feeding) -> None:
    decoder = Decoder(limit)
    head = frame(b"g" * min(limit, 3)) * 2
    over = frame(b"x" * size, flags)[: 12 if feeding.trailing else 9 if size > 255 else 2]
    assert decode(decoder, feeding, head + over) == [b"g" * min(limit, 3)] * 2
    assert decoder.error is not None
    assert str(size) in str(decoder.error)
    assert str(limit) in str(decoder.error)
    decoder.feed(frame(b""))
    assert decoder.decode(10) == []  # nothing is delivered behind an error


@pytest.mark.parametrize("size", [0, 1, 10, 255, 256, 70000])
@pytest.mark.parametrize("push", [False, True], ids=["decode", "push"])
def test_a_frame_of_just_the_limit_passes(size: int, push: bool) -> None:
    decoder = Decoder(size)
    assert decode(decoder, FEEDINGS[0], frame(b"x" * size), push) == [b"x" * size]
    assert decode(decoder, FEEDINGS[0], frame(b"", MORE) + frame(b"x" * size), push) == [[b"", b"x" * size]]
    assert decoder.error is None
    assert decode(decoder, FEEDINGS[0], frame(b"x" * (size + 1)), push) == []
    assert decoder.error is not None


@every_feeding
@pytest.mark.parametrize("size", [2**63, 2**63 + 1, 2**64 - 1])
def test_lengths_that_no_frame_can_have(size: int, feeding: Feeding) -> None:
    decoder = Decoder()
    assert decode(decoder, feeding, frame(b"ok") + b"\x02" + size.to_bytes(8, "big") + bytes(3 * feeding.trailing)) == [
        b"ok"
    ]
    assert decoder.error is not None


@pytest.mark.parametrize("size", [2**40, 2**62, 2**63 - 1])
def test_an_announced_length_allocates_nothing(size: int) -> None:
    """Within the limit it is waited for, beyond it refused by its header alone; either way for free."""
    header = b"\x02" + size.to_bytes(8, "big")
    tracemalloc.start()
    try:
        patient, strict = Decoder(), Decoder(1000)
        assert decode(patient, FEEDINGS[0], header) == []
        assert decode(strict, FEEDINGS[0], header) == []
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert patient.error is None
    assert patient.missing == size
    assert strict.error is not None


def test_a_lower_limit_holds_from_the_next_frame_on() -> None:
    decoder = Decoder(1000)
    assert decode(decoder, FEEDINGS[0], frame(b"x" * 500)) == [b"x" * 500]
    decoder.set_limit(100)
    assert decode(decoder, FEEDINGS[0], frame(b"x" * 101)) == []
    assert decoder.error is not None


def test_what_cannot_be_taken_now_waits() -> None:
    decoder = Decoder()
    decoder.feed(frame(b"m") * 100)
    assert decoder.decode(0) == []
    assert decoder.decode(3) == [b"m"] * 3
    assert decoder.decode(60) == [b"m"] * 60
    decoder.feed(frame(b"n"))
    assert decoder.decode(1000) == [b"m"] * 37 + [b"n"]


def test_a_command_holds_up_what_follows_it() -> None:
    decoder = Decoder()
    assert decoder.push(frame(b"c", COMMAND) + frame(b"m"), 10) == []
    assert decoder.decode(10) == []
    assert decoder.trap == b"c"
    decoder.trap = None
    assert decoder.decode(10) == [b"m"]


class Counted(bytes):
    """Bytes that count what their copies cost."""

    copied = 0

    def __add__(self, other: bytes) -> Counted:
        return self._note(bytes(self) + bytes(other))

    def __radd__(self, other: bytes) -> Counted:
        return self._note(bytes(other) + bytes(self))

    def __getitem__(self, key: object) -> object:  # type: ignore[override]
        found = bytes.__getitem__(self, key)  # type: ignore[call-overload]
        return self._note(found) if isinstance(found, bytes) else found

    @staticmethod
    def _note(data: bytes) -> Counted:
        Counted.copied += len(data)
        return Counted(data)


@pytest.mark.parametrize(("body", "step"), [(3, 1), (900, 7), (100_000, 100), (1_000_000, 1000), (3, 4096)])
def test_twice_the_bytes_cost_twice_the_copying(body: int, step: int) -> None:
    def cost(count: int) -> int:
        data = frame(b"b" * body) * count
        Counted.copied = 0
        decoder = Decoder()
        taken = 0
        for at in range(0, len(data), step):
            taken += len(decoder.push(Counted(data[at : at + step]), 1000))
        assert taken == count
        return Counted.copied

    once = max(4, 20_000 // (body + 2))
    assert cost(2 * once) <= 2.2 * cost(once) + 5000


@pytest.mark.parametrize("step", [100, 1000, 10_000])
def test_a_long_frame_is_copied_a_bounded_number_of_times(step: int) -> None:
    data = frame(b"b" * 300_000)
    Counted.copied = 0
    decoder = Decoder()
    got: list[Item] = []
    for at in range(0, len(data), step):
        got += decoder.push(Counted(data[at : at + step]), 10)
    assert got == [b"b" * 300_000]
    assert Counted.copied <= len(data) + 2 * step + 20_000


# -- what goes out

MESSAGES: list[Item] = [
    *(b"s" * size for size in (0, 1, 254, 255, 256, 4095, 4096, 70_000)),
    [b"", b"body"],
    [b"", b""],
    [b"a", b"b" * 255, b"c" * 256, b"d" * 5000, b""],
    memoryview(b"view"),
    [b"", memoryview(b"v" * 300)],
    memoryview(b"V" * 5000),
]


def framed(item: Item) -> bytes:
    """The frames of a message, by the book."""
    parts: list[Part] = item if isinstance(item, list) else [item]  # type: ignore[list-item]
    return b"".join(frame(bytes(part), MORE) for part in parts[:-1]) + frame(bytes(parts[-1]))


def no_subscription(change: Subscription) -> bytes:
    raise AssertionError("there is no subscription here")


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("item", MESSAGES, ids=range(len(MESSAGES)))
def test_messages_become_frames(item: Item, count: int) -> None:
    assert b"".join(frames.encode([item] * count, no_subscription)) == framed(item) * count
    small = frames.encode_small(item)
    assert small is None or small == framed(item)


def test_mixed_messages_keep_their_order() -> None:
    mixed = [*MESSAGES, b"x", b"yy", *reversed(MESSAGES)]
    assert b"".join(frames.encode(mixed, no_subscription)) == b"".join(map(framed, mixed))
    plain: list[Item] = [b"a", b"bb", b"", b"c" * 255]
    assert b"".join(frames.encode(plain, no_subscription)) == b"".join(map(framed, plain))
    plain.append(b"d" * 256)
    assert b"".join(frames.encode(plain, no_subscription)) == b"".join(map(framed, plain))


def test_subscriptions_take_their_place_among_messages() -> None:
    seen: list[Subscription] = []

    def note(change: Subscription) -> bytes:
        seen.append(change)
        return b"<change>"

    change = Subscription(b"t", True)
    out = frames.encode([b"a", change, [b"b", b"c"]], note)
    assert b"".join(out) == framed(b"a") + b"<change>" + framed([b"b", b"c"])
    assert seen == [change]


def test_long_bodies_are_not_copied() -> None:
    body = b"x" * 100_000
    assert any(part is body for part in frames.encode([[b"head", body]], no_subscription))
