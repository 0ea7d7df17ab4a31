"""docs/spec/options.md, section 3: the options of contexts, and what they do to threads and sockets."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

import zmqx

from ..support.callers import until
from . import apart
from .lib import Lib
from .raw_libzmq import C, failure
from .states import row, states

CPUS = sorted(os.sched_getaffinity(0))


def tasks() -> set[int]:
    """The threads of this process."""
    return set(map(int, os.listdir("/proc/self/task")))


def threads(lib: Lib, **options: Any) -> set[int]:
    """The threads of a new context that has a network endpoint."""
    before = tasks()
    lib.bind(lib.bare_socket(zmqx.PULL, lib.context(**options)))
    return set(until(lambda: tasks() - before))


# -- values


TABLE = [
    row("O3.1", zmqx.IO_THREADS, 1, [0, 4], [-1]),
    row("O3.2", zmqx.MAX_SOCKETS, 1023, [1, 2], [0, -1]),
    row("O3.4", zmqx.THREAD_SCHED_POLICY, -1, [0, 3], [-1]),
    row("O3.5", zmqx.MAX_MSGSZ, 2**31 - 1, [0, 5], [-1]),
    row("O3.6", zmqx.MSG_T_SIZE, 64, [], [64]),
    row("O3.9", zmqx.THREAD_NAME_PREFIX, 0, [0, 7], []),
    row("O3.10", zmqx.ZERO_COPY_RECV, 1, [0, 1], [-1]),
    row("O3.42", zmqx.ContextOption.IPV6, 0, [1, 0], [-1]),
    row("O3.70", zmqx.BLOCKY, 1, [0, 1], [-1]),
]


@pytest.mark.parametrize(("number", "default", "good", "bad"), TABLE)
def test_defaults_and_values(lib: Lib, number: int, default: int, good: list[int], bad: list[int]) -> None:
    context = lib.context()
    if default != -1 or lib.ours:  # libzmq's sign of an error, which pyzmq may take it for
        assert context.get(number) == default
    for value in good:
        context.set(number, value)
        assert context.get(number) == value
    kept = context.get(number)
    for value in bad:
        with lib.fails(zmqx.EINVAL):
            context.set(number, value)
    assert context.get(number) == kept


@states("O3.3")
def test_one_number_has_two_meanings(lib: Lib) -> None:
    context = lib.context()
    for value in (0, 5):
        context.set(zmqx.THREAD_PRIORITY, value)
        assert context.get(zmqx.SOCKET_LIMIT) == 65535
    with lib.fails(zmqx.EINVAL):
        context.set(zmqx.THREAD_PRIORITY, -1)


@states("O3.201")
@pytest.mark.parametrize("number", [0, 11, 71, 999, -1])
def test_there_is_no_such_option(lib: Lib, number: int) -> None:
    context = lib.context()
    with lib.fails(zmqx.EINVAL):
        context.get(number)
    with lib.fails(zmqx.EINVAL):
        context.set(number, 1)


@states("O3.202")
def test_a_context_that_has_ended_has_no_options(ours: Lib) -> None:
    context = ours.context()
    context.term()
    for call in (lambda: context.get(zmqx.IO_THREADS), lambda: context.set(zmqx.IO_THREADS, 1)):
        with ours.fails(zmqx.EFAULT):
            call()
    assert failure(C.zmq_ctx_get(None, zmqx.IO_THREADS)) == zmqx.EFAULT
    assert failure(C.zmq_ctx_set(None, zmqx.IO_THREADS, 1)) == zmqx.EFAULT
    theirs = ctypes.c_void_p(C.zmq_ctx_new())
    assert C.zmq_ctx_get(theirs, zmqx.IO_THREADS) == 1
    assert C.zmq_ctx_term(theirs) == 0


# -- sockets


@states("O3.1")
def test_without_io_threads_there_is_inproc_alone(lib: Lib) -> None:
    context = lib.context(io_threads=0)
    left, right = lib.bare_socket(zmqx.PAIR, context), lib.bare_socket(zmqx.PAIR, context)
    for call in (left.bind, left.connect):
        with lib.fails(zmqx.EMTHREAD):
            call("tcp://127.0.0.1:5999")
    left.bind("inproc://here")
    right.connect("inproc://here")
    left.send(b"x")
    assert right.recv() == b"x"


@states("O3.2")
def test_so_many_sockets_and_no_more(lib: Lib) -> None:
    context = lib.context(max_sockets=3)
    for _ in range(3):
        lib.bare_socket(zmqx.PAIR, context)
    with lib.fails(zmqx.EMFILE):
        context.socket(zmqx.PAIR)


@states("O3.5")
@pytest.mark.parametrize("how", ["alone", "parts", "last-part", "lent", "many"])
def test_the_longest_frame(lib: Lib, how: str) -> None:
    """libzmq keeps the number and does nothing with it."""
    context = lib.context(max_msgsz=10)
    left, right = lib.bare_socket(zmqx.PAIR, context), lib.bare_socket(zmqx.PAIR, context)
    lib.bind(left, "inproc")
    right.connect(lib.last_endpoint(left))
    fits, long = b"x" * 10, b"x" * 11

    def send() -> None:
        if how == "last-part":
            left.send_multipart([fits, long])
        elif how == "parts":
            left.send(long, zmqx.SNDMORE)
        elif how == "many" and lib.ours:
            left.send_many([long])
        else:
            left.send(long, copy=how != "lent")

    if lib.differs(ours=True, libzmq=False, see="0010"):
        with lib.fails(zmqx.EMSGSIZE):
            send()
    else:
        send()
        if how == "parts":
            left.send(b"")
        right.recv_multipart()
    left.send_multipart([fits, fits])
    assert right.recv_multipart() == [fits, fits]


@states("O3.5")
def test_a_peer_is_held_to_it_too(ours: Lib) -> None:
    pull = ours.bare_socket(zmqx.PULL, ours.context(max_msgsz=10))
    assert pull.maxmsgsize == 10
    push = ours.bare_socket(zmqx.PUSH, ours.context())
    with pull.events(zmqx.EVENT_DISCONNECTED) as events:
        push.connect(ours.bind(pull))
        push.send(b"x" * 11)
        assert "11 bytes" in events.recv(timeout=10_000).reason


@states("O3.5")
def test_sockets_made_before_and_by_default_know_no_limit(ours: Lib) -> None:
    context = ours.context()
    left, right = ours.bare_socket(zmqx.PAIR, context), ours.bare_socket(zmqx.PAIR, context)
    context.set(zmqx.MAX_MSGSZ, 10)
    assert left.maxmsgsize == -1
    right.connect(ours.bind(left))
    left.send(b"x" * 11)
    assert right.recv(timeout=10_000) == b"x" * 11


@states("O3.10")
def test_zero_copy_changes_nothing_one_could_see(lib: Lib) -> None:
    for wanted in (0, 1):
        context = lib.context(zero_copy_recv=wanted)
        pull, push = lib.bare_socket(zmqx.PULL, context), lib.bare_socket(zmqx.PUSH, context)
        push.connect(lib.bind(pull))
        for size in (0, 1, 100, 8192, 100_000):
            push.send(b"x" * size)
            assert pull.recv(copy=False).bytes == b"x" * size


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@states("O3.10")
def test_a_message_keeps_no_receive_buffer_alive(ours: Lib, traced: None) -> None:
    """What ZERO_COPY_RECV=0 asks libzmq for is always so here."""
    pull, push = ours.socket(zmqx.PULL, rcvhwm=0), ours.socket(zmqx.PUSH, sndhwm=0)
    ours.join(pull, push)
    kept = []
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(50):
        for _ in range(500):
            push.send(b"x" * 100)
        kept += [pull.recv(copy=False) for _ in range(500)][:1]
    gc.collect()
    assert tracemalloc.get_traced_memory()[0] - before < 500_000 < 50 * 500 * 100
    assert {len(frame) for frame in kept} == {100}


@states("O3.42")
def test_ipv6_is_the_default_of_new_sockets(lib: Lib) -> None:
    context = lib.context()
    before = lib.bare_socket(zmqx.PULL, context)
    context.set(zmqx.ContextOption.IPV6, 1)
    assert [socket.getsockopt(zmqx.IPV6) for socket in (before, lib.bare_socket(zmqx.PULL, context))] == [0, 1]


@states("O3.70")
def test_sockets_of_a_context_that_does_not_block_do_not_linger(lib: Lib) -> None:
    context = lib.context()
    before = lib.bare_socket(zmqx.PUSH, context)
    context.set(zmqx.BLOCKY, 0)
    assert [socket.getsockopt(zmqx.LINGER) for socket in (before, lib.bare_socket(zmqx.PUSH, context))] == [-1, 0]
    before.close(0)


# -- threads


@states("O3.7")
def test_threads_keep_to_their_processors(lib: Lib) -> None:
    mine = threads(lib, thread_affinity_cpu_add=CPUS[-1])
    until(lambda: all(os.sched_getaffinity(task) == {CPUS[-1]} for task in mine))
    assert os.sched_getaffinity(0) == set(CPUS), "the caller's thread is none of theirs"


@states("O3.8")
def test_a_processor_can_be_taken_back(lib: Lib) -> None:
    context = lib.context()
    for number in (1000, CPUS[0]):
        context.set(zmqx.THREAD_AFFINITY_CPU_ADD, number)
    context.set(zmqx.THREAD_AFFINITY_CPU_REMOVE, 1000)
    with lib.fails(zmqx.EINVAL):
        context.set(zmqx.THREAD_AFFINITY_CPU_REMOVE, 1000)
    before = tasks()
    lib.bind(lib.bare_socket(zmqx.PULL, context))
    mine = until(lambda: tasks() - before)
    until(lambda: all(os.sched_getaffinity(task) == {CPUS[0]} for task in mine))


@states("O3.7", "O3.8")
@pytest.mark.parametrize("number", [zmqx.THREAD_AFFINITY_CPU_ADD, zmqx.THREAD_AFFINITY_CPU_REMOVE])
def test_processors_can_only_be_set(lib: Lib, number: int) -> None:
    context = lib.context()
    with lib.fails(zmqx.EINVAL):
        context.get(number)
    with lib.fails(zmqx.EINVAL):
        context.set(number, -1)


@states("O3.4")
def test_threads_have_their_policy(lib: Lib) -> None:
    mine = threads(lib, thread_sched_policy=os.SCHED_BATCH)
    until(lambda: all(os.sched_getscheduler(task) == os.SCHED_BATCH for task in mine))
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def may_have_priority() -> bool:
    """Whether we have the right to (CAP_SYS_NICE)."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        return False
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return True


needs_rights = pytest.mark.skipif(not may_have_priority(), reason="needs CAP_SYS_NICE")


@needs_rights
@states("O3.3", "O3.4")
def test_threads_have_their_static_priority(lib: Lib) -> None:
    mine = threads(lib, thread_sched_policy=os.SCHED_RR, thread_priority=3)
    until(lambda: all(os.sched_getscheduler(task) == os.SCHED_RR for task in mine))
    assert {os.sched_getparam(task).sched_priority for task in mine} == {3}


@needs_rights
@states("O3.3")
def test_elsewhere_a_priority_is_a_nice_value(lib: Lib) -> None:
    mine = threads(lib, thread_priority=5)
    nice = lib.differs(ours=-5, libzmq=-20, see="0010")
    until(lambda: all(os.getpriority(os.PRIO_PROCESS, task) == nice for task in mine))
    assert os.getpriority(os.PRIO_PROCESS, 0) == 0


@states("O3.9")
def test_threads_bear_their_prefix(lib: Lib) -> None:
    mine = threads(lib, thread_name_prefix=47)
    until(lambda: all(name_of(task).startswith("47") for task in mine))


def name_of(task: int) -> str:
    with open(f"/proc/self/task/{task}/comm") as name:
        return name.read()


@states("O3.9")
def test_a_prefix_may_be_text(ours: Lib) -> None:
    context = ours.context(thread_name_prefix="sixteen bytes 16")
    assert context.thread_name_prefix == "sixteen bytes 16"
    before = tasks()
    ours.bind(ours.bare_socket(zmqx.PULL, context))
    until(lambda: {name_of(task).strip() for task in tasks() - before} == {"sixteen bytes 1"})
    for wrong in ("", "x" * 17, "a/b", "a\nb"):
        with ours.fails(zmqx.EINVAL):
            context.set(zmqx.THREAD_NAME_PREFIX, wrong)


def a_policy_there_is_none_of(lib: Lib) -> str:
    pull, push = (lib.bare_socket(kind, lib.context(thread_sched_policy=77)) for kind in (zmqx.PULL, zmqx.PUSH))
    push.connect(lib.bind(pull))
    push.send(b"x")
    return str(pull.recv().decode())


@states("O3.4")
def test_what_the_system_does_not_allow_kills_nobody(caplog: pytest.LogCaptureFixture, ours: Lib) -> None:
    assert apart.run(a_policy_there_is_none_of, ours=False).signal == signal.SIGABRT
    assert a_policy_there_is_none_of(ours) == "x"
    until(lambda: "THREAD_SCHED_POLICY" in caplog.text)
