"""What two sockets of fitting types can say to each other: everything, whichever of them is ours.

A side is our Socket or the judge's: they are called alike. Every rule is for (left, right) types and
returns when all has been said and compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import zmqx

from ..support.bodies import fill
from ..support.judge import JudgeSocket

Side = zmqx.Socket | JudgeSocket
Messages = list[list[bytes]]

SINGLE: Messages = [[fill(size)] for size in (0, 1, 255, 256, 65536, 1 << 20)]
SEVERAL: Messages = [
    [b"", b"second"],
    [b"first", b"", b"third"],
    [b"first", b""],
    [b"", b""],
    [b"", b"", b""],
    [fill(300), b"", fill(70_000), b"", b"x"],
    [b"%d" % number for number in range(60)],
]
MESSAGES = SINGLE + SEVERAL

# In all these, a frame that begins with 0 or 1 would mean something; none does.
_MARK = b"~%d"


def send_all(side: Side, messages: Messages) -> None:
    if isinstance(side, JudgeSocket):
        side.send_all(messages)
    else:
        for message in messages:
            side.send_multipart(message, timeout=10_000)


def recv_all(side: Side, count: int) -> Messages:
    if isinstance(side, JudgeSocket):
        return side.recv_all(count)
    return [side.recv_multipart(timeout=10_000) for _ in range(count)]


def passes(sender: Side, receiver: Side, messages: Messages, expected: Messages | None = None) -> None:
    """What the one sends is what the other gets, unless it is expected to look otherwise there."""
    send_all(sender, messages)
    got = recv_all(receiver, len(messages))
    assert got == (messages if expected is None else expected)


def _behind(head: list[bytes], messages: Messages) -> Messages:
    return [[*head, *message] for message in messages]


# -- one rule per pair of types


def one_way(push: Side, pull: Side) -> None:
    passes(push, pull, MESSAGES)


def both_ways(left: Side, right: Side) -> None:
    passes(left, right, MESSAGES)
    passes(right, left, MESSAGES)


def req_rep(req: Side, rep: Side) -> None:
    for number, message in enumerate(MESSAGES):
        passes(req, rep, [message])
        passes(rep, req, [MESSAGES[-1 - number]])


def req_router(req: Side, router: Side) -> None:
    for number, message in enumerate(MESSAGES):
        send_all(req, [message])
        [[own, *request]] = recv_all(router, 1)
        assert request == [b"", *message]
        answer = MESSAGES[-1 - number]
        passes(router, req, [[own, b"", *answer]], [answer])


def dealer_rep(dealer: Side, rep: Side) -> None:
    for envelope in ([b""], [b"hop", b"another", b""]):
        for number, message in enumerate(MESSAGES):
            passes(dealer, rep, [[*envelope, *message]], [message])
            answer = MESSAGES[-1 - number]
            passes(rep, dealer, [answer], [[*envelope, *answer]])


def dealer_router(dealer: Side, router: Side) -> None:
    send_all(dealer, MESSAGES)
    got = recv_all(router, len(MESSAGES))
    own = got[0][0]
    assert len(own) == 5
    assert own[0] == 0
    assert got == _behind([own], MESSAGES)
    passes(router, dealer, _behind([own], MESSAGES), MESSAGES)


def router_router(left: Side, right: Side) -> None:
    """The sides are called so; our side, which knows that it is connected, begins."""
    left_id, right_id = b"left", b"right"
    if isinstance(left, JudgeSocket):
        left, right, left_id, right_id = right, left, right_id, left_id
    passes(left, right, _behind([right_id], MESSAGES), _behind([left_id], MESSAGES))
    passes(right, left, _behind([left_id], MESSAGES), _behind([right_id], MESSAGES))


# -- publishers


class Audience:
    """A publisher and its only subscriber: a change has arrived when a mark behind it has."""

    def __init__(self, publisher: Side, subscriber: Side, *, option: bool, reports: bool) -> None:
        """``option``: the subscriber is a SUB, not an XSUB; ``reports``: the publisher an XPUB."""
        self.publisher = publisher
        self.subscriber = subscriber
        self._option = option
        self._reports = reports
        self._marks = 0

    def change(self, topic: bytes, on: bool) -> None:
        if not self._option:
            self.subscriber.send_multipart([(b"\1" if on else b"\0") + topic])
        elif on:
            self.subscriber.subscribe(topic)
        else:
            self.subscriber.unsubscribe(topic)

    def settle(self) -> Messages:
        """Wait until the publisher knows all changes made so far; what an XPUB has reported of them.

        A publisher that does not report must have no topic but a mark that a mark begins with.
        """
        mark = _MARK % self._marks
        self._marks += 1
        self.change(mark, True)
        if not self._reports:
            self._probe(mark)
            return []
        reported: Messages = []
        until = time.monotonic() + 10
        while not reported or reported[-1] != [b"\1" + mark]:
            assert time.monotonic() < until, f"the mark never came, only {reported}"
            try:
                reported.append(self.publisher.recv_multipart(timeout=20))
            except zmqx.Again:
                # libzmq tells a new publisher of its topics when it is called next.
                if isinstance(self.subscriber, JudgeSocket):
                    self.subscriber.poll()
        return reported[:-1]

    def _probe(self, mark: bytes) -> None:
        until = time.monotonic() + 10
        while True:
            assert time.monotonic() < until, "the publisher never heard of the subscription"
            send_all(self.publisher, [[mark]])
            try:
                self.subscriber.recv_multipart(timeout=20)
            except zmqx.Again:
                continue
            break
        send_all(self.publisher, [[mark, b"last"]])
        while recv_all(self.subscriber, 1) != [[mark, b"last"]]:
            pass

    def hears(self, topics: list[bytes], expected: list[bytes]) -> None:
        """Of messages on these topics, just the expected ones arrive."""
        mark = _MARK % (self._marks - 1)
        messages = [[topic, b"body"] for topic in topics]
        send_all(self.publisher, [*messages, [mark]])
        got = recv_all(self.subscriber, len(expected) + 1)
        assert got == [*[[topic, b"body"] for topic in expected], [mark]]


def _publishing(option: bool, reports: bool) -> Callable[[Side, Side], None]:
    def run(publisher: Side, subscriber: Side) -> None:
        audience = Audience(publisher, subscriber, option=option, reports=reports)
        _topics(audience, reports)
        if not option:
            _upstream(audience, reports)
        audience.change(b"", True)
        assert audience.settle() == ([[b"\1"]] if reports else [])
        passes(publisher, subscriber, MESSAGES)
        _silence(audience)

    return run


def _topics(audience: Audience, reports: bool) -> None:
    for topic in (b"a", b"b", b"a", b"b/long"):
        audience.change(topic, True)
    assert audience.settle() == ([[b"\1a"], [b"\1b"], [b"\1b/long"]] if reports else [])
    audience.hears([b"a", b"c", b"b1", b"", b"abc"], [b"a", b"b1", b"abc"])
    # Topics are counted where they are asked for: the first of two cancels changes nothing.
    audience.change(b"a", False)
    audience.change(b"b", False)
    assert audience.settle() == ([[b"\0b"]] if reports else [])
    audience.hears([b"a", b"b1", b"b/long", b"b/longer"], [b"a", b"b/long", b"b/longer"])
    audience.change(b"a", False)
    audience.change(b"never asked for", False)
    assert audience.settle() == ([[b"\0a"]] if reports else [])
    audience.hears([b"a", b"b/long"], [b"b/long"])


def _silence(audience: Audience) -> None:
    """Once the last cancel has arrived, only what is still asked for comes."""
    audience.change(b"", False)
    until = time.monotonic() + 10
    got = [[b"c"]]
    while [b"c"] in got:
        assert time.monotonic() < until, "the publisher never heard of the cancel"
        send_all(audience.publisher, [[b"c"], [b"b/long"]])
        got = recv_all(audience.subscriber, 1)
        if got == [[b"c"]]:
            got += recv_all(audience.subscriber, 1)
        assert got[-1] == [b"b/long"]


def _upstream(audience: Audience, reports: bool) -> None:
    if reports:
        passes(audience.subscriber, audience.publisher, MESSAGES)
    else:
        send_all(audience.subscriber, MESSAGES)
    audience.settle()
    audience.hears([b"b/long"], [b"b/long"])


RULES: dict[tuple[str, str], Callable[[Side, Side], None]] = {
    ("PAIR", "PAIR"): both_ways,
    ("PUSH", "PULL"): one_way,
    ("REQ", "REP"): req_rep,
    ("REQ", "ROUTER"): req_router,
    ("DEALER", "REP"): dealer_rep,
    ("DEALER", "DEALER"): both_ways,
    ("DEALER", "ROUTER"): dealer_router,
    ("ROUTER", "ROUTER"): router_router,
    ("PUB", "SUB"): _publishing(option=True, reports=False),
    ("PUB", "XSUB"): _publishing(option=False, reports=False),
    ("XPUB", "SUB"): _publishing(option=True, reports=True),
    ("XPUB", "XSUB"): _publishing(option=False, reports=True),
}
