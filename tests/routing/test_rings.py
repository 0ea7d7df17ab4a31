"""Load balance and fair queue: everybody has a turn, nothing is lost, doubled or out of order."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmqx.pipes.pipe import Pipe
from zmqx.routing.base import Routing
from zmqx.routing.dealer import Dealer
from zmqx.routing.parts.fair_queue import FairQueue
from zmqx.routing.parts.load_balance import LoadBalance
from zmqx.routing.pull import Pull
from zmqx.routing.push import Push
from zmqx.routing.xsub import Xsub

from ..support.chance import chances
from .ends import Far, received

# -- giving


@pytest.mark.parametrize("kind", [Push, Dealer])
def test_each_peer_in_turn(kind: type[Routing]) -> None:
    routing = kind()
    peers = [Far(routing) for _ in range(3)]
    for number in range(7):
        assert routing.try_send(b"%d" % number)
    assert [peer.out() for peer in peers] == [[b"0", b"3", b"6"], [b"1", b"4"], [b"2", b"5"]]


@pytest.mark.parametrize("kind", [Push, Dealer])
def test_all_frames_of_a_message_go_one_way(kind: type[Routing]) -> None:
    routing = kind()
    peers = [Far(routing) for _ in range(2)]
    for _ in range(4):
        routing.try_send([b"a", b"b", b"c"])
    assert [peer.out() for peer in peers] == [[[b"a", b"b", b"c"]] * 2] * 2


@pytest.mark.parametrize("kind", [Push, Dealer])
def test_nobody_to_send_to(kind: type[Routing]) -> None:
    routing = kind()
    assert not routing.can_send()
    assert not routing.begin(b"m")
    assert routing.try_send(b"m") is False
    peer = Far(routing)
    assert routing.can_send()
    peer.leave()
    assert not routing.can_send()
    assert routing.try_send(b"m") is False


def test_a_full_peer_is_passed_over_until_it_has_room() -> None:
    routing = Push()
    slow, quick = Far(routing, send_mark=2), Far(routing)
    for number in range(8):
        assert routing.try_send(b"%d" % number)
    assert len(quick.out()) == 6
    assert slow.out() == [b"0", b"2"]
    for number in range(4):
        routing.try_send(b"%d" % number)
    assert len(slow.out()) == len(quick.out()) == 2


def test_at_the_mark_everywhere_there_is_no_sending_and_then_there_is() -> None:
    routing = Push()
    peers = [Far(routing, send_mark=1) for _ in range(2)]
    assert [routing.try_send(b"m") for _ in range(3)] == [True, True, False]
    assert not routing.can_send()
    assert peers[1].out() == [b"m"]
    assert routing.can_send()
    assert [routing.try_send(b"n"), routing.try_send(b"n")] == [True, False]
    assert peers[1].out() == [b"n"]


def test_a_newcomer_has_its_turn_within_the_round() -> None:
    routing = Push()
    old = [Far(routing) for _ in range(3)]
    routing.try_send(b"0")
    new = Far(routing)
    for _ in range(4):
        routing.try_send(b"m")
    assert len(new.out()) == 1
    assert [len(peer.out()) for peer in old] == [2, 1, 1]


def test_who_leaves_gets_nothing_more() -> None:
    routing = Push()
    first, second = Far(routing), Far(routing)
    second.leave()
    for _ in range(3):
        assert routing.try_send(b"m")
    assert len(first.out()) == 3
    assert second.out() == []


def test_a_connected_pipe_takes_messages_before_its_peer_is_there() -> None:
    routing = Dealer()
    peer = Far(routing, local=True, connected=False)
    assert routing.try_send(b"early")
    peer.come_back()
    assert peer.out() == [b"early"]


# -- taking


def fill(peers: list[Far], counts: list[int]) -> None:
    for number, (peer, count) in enumerate(zip(peers, counts)):
        peer.deliver(*(b"%d%c" % (number, ord("a") + turn) for turn in range(count)))


@pytest.mark.parametrize("kind", [Pull, Dealer, Xsub])
def test_one_message_of_each_peer_in_turn(kind: type[Routing]) -> None:
    routing = kind()
    fill([Far(routing) for _ in range(3)], [2, 2, 2])
    assert received(routing) == [b"0a", b"1a", b"2a", b"0b", b"1b", b"2b"]


def test_a_busy_peer_does_not_keep_others_waiting() -> None:
    routing = Pull()
    busy, quiet = Far(routing), Far(routing)
    busy.deliver(*[b"busy"] * 1000)
    for _ in range(50):
        routing.try_recv()
        busy.deliver(b"busy")
    quiet.deliver(b"quiet")
    assert b"quiet" in [routing.try_recv(), routing.try_recv()]


def test_messages_come_whole_and_say_from_whom() -> None:
    routing = Pull()
    peers = [Far(routing) for _ in range(2)]
    assert routing.sender() is None
    peers[0].deliver([b"a", b"b"], b"c")
    peers[1].deliver(b"d")
    senders = []
    while (message := routing.try_recv()) is not None:
        senders.append((message, routing.sender()))
    assert senders == [([b"a", b"b"], peers[0].pipe), (b"d", peers[1].pipe), (b"c", peers[0].pipe)]


def test_what_a_peer_sent_before_it_left_is_delivered() -> None:
    routing = Pull()
    gone, other = Far(routing), Far(routing)
    fill([gone, other], [2, 1])
    gone.leave()
    assert routing.can_recv()
    assert received(routing) == [b"0a", b"1a", b"0b"]
    assert not routing.can_recv()


@pytest.mark.parametrize("mark", [1, 2, 3, 10])
def test_a_stalled_peer_is_let_go_on_after_half_the_mark(mark: int) -> None:
    routing = Pull()
    peer = Far(routing, receive_mark=mark)
    resumed: list[int] = []
    taken = 0
    peer.pipe.resume = lambda: resumed.append(taken)
    peer.deliver(*[b"m"] * mark)
    peer.pipe.stall()
    for taken in range(1, mark + 1):  # noqa: B007  # the lambda looks at it
        assert routing.try_recv() == b"m"
    assert len(resumed) == 1
    assert resumed[0] <= (mark + 1) // 2


def test_the_lane_past_a_ring_of_one_is_open_to_plain_types_only() -> None:
    for kind, wanted in ((Pull, True), (Dealer, True), (Xsub, True)):
        routing = kind()
        peer = Far(routing)
        peer.deliver(b"1", b"2", b"3")
        routing.try_recv()
        assert (routing.in_lane.only is peer.pipe) is wanted
        Far(routing).deliver(b"other")
        assert routing.in_lane.only is None  # two have messages: the ring decides
    push = Push()
    peer = Far(push)
    assert push.out_lane.only is peer.pipe
    Far(push)
    assert push.out_lane.only is None


def test_a_closed_lane_leads_nowhere() -> None:
    queue, balance = FairQueue(), LoadBalance()
    pipe = Pipe(0, 0)
    for ring in (queue, balance):
        ring.set_open(True)
    balance.writable(pipe)
    assert balance.only is pipe
    balance.set_open(False)
    assert balance.only is None
    pipe.inbox.extend([b"1", b"2", b"3"])
    queue.readable(pipe)
    queue.take()
    assert queue.only is pipe
    queue.set_open(False)
    queue.take()
    assert queue.only is None


# -- at random

steps = st.lists(
    st.one_of(
        st.tuples(st.just("come"), st.integers(0, 3)),
        st.tuples(st.just("leave"), st.integers(0, 9)),
        st.tuples(st.just("work"), st.integers(0, 9)),
        st.tuples(st.just("use"), st.integers(1, 5)),
    ),
    max_size=80,
)


@chances(200)
@given(steps)
def test_giving_loses_and_doubles_nothing(plan: list[tuple[str, int]]) -> None:
    """use: send so many; work: a peer takes what it has; every accepted message reaches one peer, in order."""
    routing = Push()
    peers: list[Far] = []
    marks: dict[Far, int] = {}
    got: dict[Far, list[int]] = defaultdict(list)
    accepted: list[int] = []
    number = 0
    for step, value in plan:
        if step == "come":
            peer = Far(routing, send_mark=value)
            peers.append(peer)
            marks[peer] = value or 10**9
        elif step == "use":
            for _ in range(value):
                room = any(len(peer.pipe.outbox) <= marks[peer] // 2 for peer in peers)
                full = all(len(peer.pipe.outbox) >= marks[peer] for peer in peers)
                assert routing.can_send() in ({True} if room else {False} if full else {True, False})
                sent = routing.try_send(b"%d" % number)
                assert sent or not room
                assert not sent or not full
                if sent:
                    accepted.append(number)
                number += 1
        elif peers:
            peer = peers[value % len(peers)]
            assert len(peer.pipe.outbox) <= marks[peer]
            got[peer] += [int(bytes(item)) for item in peer.out()]  # type: ignore[arg-type]
            if step == "leave":
                peer.leave()
                peers.remove(peer)
    for peer in peers:
        got[peer] += [int(bytes(item)) for item in peer.out()]  # type: ignore[arg-type]
    assert sorted([number for numbers in got.values() for number in numbers]) == accepted
    assert all(numbers == sorted(numbers) for numbers in got.values())


@chances(200)
@given(steps)
def test_taking_loses_and_doubles_nothing_and_starves_nobody(plan: list[tuple[str, int]]) -> None:
    """work: a peer sends; use: receive so many. Whoever has messages waits for one turn of each other at most."""
    routing = Pull()
    peers: list[Far] = []
    left: dict[int, list[int]] = defaultdict(list)  # by peer: what it sent and nobody has received
    waited: dict[int, int] = {}
    names: dict[Far, int] = {}
    number = 0
    for step, value in plan:
        if step == "come":
            peers.append(Far(routing))
            names[peers[-1]] = len(names)
        elif step == "use":
            for _ in range(value):
                message = routing.try_recv()
                if message is None:
                    assert not any(left.values())
                    continue
                name, sent = map(int, bytes(message).split())  # type: ignore[arg-type]
                assert left[name].pop(0) == sent
                waited[name] = 0
                for other, messages in left.items():
                    if other != name and messages:
                        waited[other] = waited.get(other, 0) + 1
                        assert waited[other] <= len(names)
        elif peers:
            peer = peers[value % len(peers)]
            if step == "work":
                peer.deliver(b"%d %d" % (names[peer], number))
                left[names[peer]].append(number)
                number += 1
            else:
                peer.leave()
                peers.remove(peer)
        assert routing.can_recv() == any(left.values())
    for message in received(routing):
        name, sent = map(int, bytes(message).split())  # type: ignore[arg-type]
        assert left[name].pop(0) == sent
    assert not any(left.values())
