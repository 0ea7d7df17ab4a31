"""The socket options that are about the network: who may come, by which way, and what the kernel is told."""

from __future__ import annotations

from ..constants import SocketOption as O
from .kinds import ACTION, AcceptFilterOption, BytesOption, IdFilterOption, IntOption, OptionTable, ProxyOption


class NetworkOptions(OptionTable):
    """See the module. The kernel's are set on listening, accepted and connecting sockets alike."""

    __slots__ = ()

    affinity = IntOption(
        O.AFFINITY,
        low=-(2**63),
        high=2**64 - 1,
        doc="bits: the I/O threads that may serve an endpoint; 0: any. EMTHREAD at bind and connect if IO_THREADS has"
        " none of them. One reactor serves for all, so that it makes no other difference",
    )
    backlog = IntOption(O.BACKLOG, 100, doc="connections the kernel queues for a listener")

    # -- addresses
    ipv6 = IntOption(O.IPV6, high=1, doc="1: IPv6, and IPv4 too; 0: names have IPv4 addresses only")
    ipv4only = IntOption(O.IPV4ONLY, 1, high=1, apply=ACTION, doc="the inverse of IPV6")
    bindtodevice = BytesOption(
        O.BINDTODEVICE, most=16, doc="the network interface to use (SO_BINDTODEVICE, Linux); b'': any"
    )
    use_fd = IntOption(
        O.USE_FD,
        -1,
        low=-1,
        doc="a listening descriptor for the next bind to tcp:// or ipc://, which owns it then; -1: none",
    )
    socks_proxy = ProxyOption(
        O.SOCKS_PROXY, doc="host:port of a SOCKS5 proxy for tcp:// and ws://, which looks names up; b'': none"
    )
    socks_username = BytesOption(O.SOCKS_USERNAME, most=255, doc="the user to name to the proxy; b'': nobody")
    socks_password = BytesOption(O.SOCKS_PASSWORD, most=255, doc="that user's password")

    # -- who may come
    tcp_accept_filter = AcceptFilterOption(
        O.TCP_ACCEPT_FILTER,
        access="w",
        doc="ip or ip/bits: adds a network whose tcp peers are accepted, others then are not; b'' or None: anybody",
    )
    ipc_filter_pid = IdFilterOption(
        O.IPC_FILTER_PID, low=-(2**31), access="w", doc="adds a process that may connect over ipc; None: no such filter"
    )
    ipc_filter_uid = IdFilterOption(
        O.IPC_FILTER_UID, low=-(2**31), access="w", doc="adds a user that may connect over ipc; None: no such filter"
    )
    ipc_filter_gid = IdFilterOption(
        O.IPC_FILTER_GID, low=-(2**31), access="w", doc="adds a group that may connect over ipc; None: no such filter"
    )

    # -- reading and writing
    in_batch_size = IntOption(
        O.IN_BATCH_SIZE, 8192, low=1, doc="bytes per read, and per message of a STREAM; not set: as many as is good"
    )
    out_batch_size = IntOption(
        O.OUT_BATCH_SIZE, 8192, low=1, doc="bytes of small messages per write; not set: as many as is good"
    )

    # -- udp
    multicast_hops = IntOption(
        O.MULTICAST_HOPS, 1, low=1, doc="hops (TTL) of what is sent to a udp group, 255 at most; 1: this network only"
    )
    multicast_loop = IntOption(
        O.MULTICAST_LOOP, 1, low=-(2**31), flag=True, doc="1: receivers on this machine get what is sent to a udp group"
    )

    # -- for the kernel
    sndbuf = IntOption(O.SNDBUF, -1, low=-1, doc="bytes, SO_SNDBUF; -1: the system's choice")
    rcvbuf = IntOption(O.RCVBUF, -1, low=-1, doc="bytes, SO_RCVBUF; -1: the system's choice")
    tos = IntOption(O.TOS, doc="IP type of service / traffic class")
    priority = IntOption(O.PRIORITY, doc="SO_PRIORITY of tcp sockets (Linux); above 6 needs rights; 0: the system's")
    busy_poll = IntOption(
        O.BUSY_POLL,
        low=-(2**31),
        doc="us, SO_BUSY_POLL of tcp sockets (Linux): reads spin that long; older kernels want rights; 0: the system's",
    )
    tcp_keepalive = IntOption(O.TCP_KEEPALIVE, -1, low=-1, high=1, doc="SO_KEEPALIVE; -1: the system's choice")
    tcp_keepalive_cnt = IntOption(O.TCP_KEEPALIVE_CNT, -1, low=-1, doc="probes before giving up; -1: system")
    tcp_keepalive_idle = IntOption(O.TCP_KEEPALIVE_IDLE, -1, low=-1, doc="s before the first probe; -1: system")
    tcp_keepalive_intvl = IntOption(O.TCP_KEEPALIVE_INTVL, -1, low=-1, doc="s between probes; -1: system")
    tcp_maxrt = IntOption(O.TCP_MAXRT, doc="ms unacknowledged data may wait (TCP_USER_TIMEOUT); 0: system")
    loopback_fastpath = IntOption(
        O.LOOPBACK_FASTPATH,
        low=-(2**31),
        flag=True,
        doc="1: the short way between sockets of one Windows machine (SIO_LOOPBACK_FAST_PATH); others need none",
    )
