"""The table of context options."""

from __future__ import annotations

from ..constants import ContextOption as X
from .kinds import ACTION, INT_MAX, NOW, SOCKETS, THREADS, IntOption, NameOption, OptionTable


class ContextOptions(OptionTable):
    """The context options. Those about threads are read when the first network endpoint is made."""

    __slots__ = ()

    io_threads = IntOption(X.IO_THREADS, 1, doc="0: inproc only. One reactor serves every other value")
    max_sockets = IntOption(X.MAX_SOCKETS, 1023, low=1, apply=NOW, doc="sockets open at one time")
    socket_limit = IntOption(
        X.SOCKET_LIMIT, 65535, access="r", apply=ACTION, doc="as libzmq has it; MAX_SOCKETS may be larger"
    )
    max_msgsz = IntOption(
        X.MAX_MSGSZ,
        INT_MAX,
        apply=SOCKETS,
        doc="bytes of the largest frame: new sockets send no longer one (EMSGSIZE), and have it as their MAXMSGSIZE",
    )
    msg_t_size = IntOption(
        X.MSG_T_SIZE, 64, access="r", apply=ACTION, doc="bytes of libzmq's zmq_msg_t, which does not exist here"
    )
    zero_copy_recv = IntOption(
        X.ZERO_COPY_RECV,
        1,
        flag=True,
        apply=NOW,
        doc="1: receiving does not copy; 0: a message keeps no receive buffer alive. Here both are always so",
    )
    ipv6 = IntOption(X.IPV6, flag=True, apply=SOCKETS, doc="IPV6 of new sockets")
    blocky = IntOption(X.BLOCKY, 1, flag=True, apply=SOCKETS, doc="0: new sockets get LINGER 0")

    # -- threads
    thread_sched_policy = IntOption(
        X.THREAD_SCHED_POLICY,
        -1,
        apply=THREADS,
        doc="the SCHED_... number of the context's threads (Linux); -1: as their maker's",
    )
    thread_priority = IntOption(
        X.THREAD_PRIORITY,
        -1,
        access="w",
        name="THREAD_PRIORITY",
        apply=THREADS,
        doc="the static priority of the context's threads under SCHED_FIFO and SCHED_RR; else how much nicer the system"
        " is to them, up to 20 (Linux)",
    )
    thread_affinity_cpu_add = IntOption(
        X.THREAD_AFFINITY_CPU_ADD,
        access="w",
        apply=THREADS,
        doc="adds a processor that the context's threads may run on, others then are not for them (Linux)",
    )
    thread_affinity_cpu_remove = IntOption(
        X.THREAD_AFFINITY_CPU_REMOVE,
        access="w",
        apply=THREADS,
        doc="takes a processor back; EINVAL if it was not added",
    )
    thread_name_prefix = NameOption(
        X.THREAD_NAME_PREFIX,
        most=16,
        apply=THREADS,
        doc="begins the names of the context's threads: an int, or 1 to 16 bytes of text",
    )
