"""The table of socket options. Times are milliseconds, sizes bytes, marks messages."""

from __future__ import annotations

from ..constants import SocketOption as O
from ..constants import SocketType as T
from .kinds import ACTION, CLOSE, NOW, BytesOption, IntOption, TenthsOption, TopicOption, TypeOption
from .native import NativeOptions
from .network import NetworkOptions
from .refused import RefusedOptions
from .security import SecurityOptions

ROUTERS = frozenset({T.ROUTER, T.REP})
STREAMS = frozenset({T.STREAM})
PUBLISHERS = frozenset({T.XPUB, T.PUB})

# libzmq's sockets belong to one thread each, but for these; ours may all be shared.
THREAD_SAFE = frozenset({T.SERVER, T.CLIENT, T.RADIO, T.DISH, T.GATHER, T.SCATTER, T.PEER, T.CHANNEL})


class SocketOptions(NetworkOptions, SecurityOptions, NativeOptions, RefusedOptions):
    """The socket options. Times are milliseconds, sizes bytes, marks messages."""

    __slots__ = ()

    # -- the life of messages and sockets
    linger = IntOption(O.LINGER, -1, low=-1, apply=CLOSE, doc="ms that unsent messages survive close(); -1 for ever")
    sndhwm = IntOption(O.SNDHWM, 1000, apply=NOW, doc="messages queued per peer for sending; 0 without limit")
    rcvhwm = IntOption(O.RCVHWM, 1000, apply=NOW, doc="messages queued per peer for receiving; 0 without limit")
    sndtimeo = IntOption(O.SNDTIMEO, -1, low=-1, apply=NOW, doc="ms a send waits; -1 for ever, 0 not at all")
    rcvtimeo = IntOption(O.RCVTIMEO, -1, low=-1, apply=NOW, doc="ms a recv waits; -1 for ever, 0 not at all")
    maxmsgsize = IntOption(
        O.MAXMSGSIZE, -1, low=-(2**63), high=2**63 - 1, doc="bytes of the largest frame a peer may send; < 0 any"
    )
    conflate = IntOption(O.CONFLATE, high=1, doc="1: keep only the newest message (DEALER PULL PUSH PUB SUB)")
    immediate = IntOption(O.IMMEDIATE, high=1, doc="1: queue only to completed connections")

    # -- connections
    reconnect_ivl = IntOption(O.RECONNECT_IVL, 100, low=-1, doc="ms before a new try; 0: at once at first; -1: none")
    reconnect_ivl_max = IntOption(O.RECONNECT_IVL_MAX, 0, doc="ms the growing pause may reach; 0: it does not grow")
    reconnect_stop = IntOption(O.RECONNECT_STOP, low=-(2**31), doc="bits: what ends an endpoint (ReconnectStop)")
    handshake_ivl = IntOption(O.HANDSHAKE_IVL, 30000, doc="ms a handshake may take; 0 any time")
    connect_timeout = IntOption(O.CONNECT_TIMEOUT, doc="ms a TCP connect may take; 0: the system's limit")
    heartbeat_ivl = IntOption(O.HEARTBEAT_IVL, doc="ms between PINGs; 0: none")
    heartbeat_timeout = IntOption(O.HEARTBEAT_TIMEOUT, -1, doc="ms of silence after a PING; -1: HEARTBEAT_IVL")
    heartbeat_ttl = TenthsOption(
        O.HEARTBEAT_TTL, low=-99, high=6553599, doc="ms of silence the peer should bear; 0: not said"
    )

    # -- who is who
    routing_id = BytesOption(O.ROUTING_ID, least=1, most=255, doc="the name this socket gives itself to a ROUTER")
    identity = routing_id
    connect_routing_id = BytesOption(
        O.CONNECT_ROUTING_ID,
        least=1,
        most=255,
        access="w",
        types=ROUTERS | STREAMS,
        apply=ACTION,
        doc="the name of the peer of the next connect()",
    )
    router_mandatory = IntOption(
        O.ROUTER_MANDATORY, flag=True, access="w", types=ROUTERS, apply=NOW, doc="1: unroutable raises EHOSTUNREACH"
    )
    router_handover = IntOption(
        O.ROUTER_HANDOVER, flag=True, access="w", types=ROUTERS, apply=NOW, doc="1: a newcomer takes over a known id"
    )
    router_raw = IntOption(
        O.ROUTER_RAW, flag=True, access="w", types=ROUTERS, doc="1: raw bytes, as STREAM (deprecated)"
    )
    router_notify = IntOption(
        O.ROUTER_NOTIFY,
        high=3,
        types=frozenset({T.ROUTER}),
        doc="bits: an empty message at a connect, a disconnect (RouterNotify)",
    )
    stream_notify = IntOption(
        O.STREAM_NOTIFY, 1, high=1, access="w", types=STREAMS, doc="1: an empty message at a connect, a disconnect"
    )
    probe_router = IntOption(
        O.PROBE_ROUTER,
        flag=True,
        access="w",
        apply=NOW,
        types=frozenset({T.REQ, T.DEALER, T.ROUTER, T.REP}),
        doc="1: an empty message opens every new connection",
    )
    req_correlate = IntOption(
        O.REQ_CORRELATE, flag=True, access="w", types=frozenset({T.REQ}), apply=NOW, doc="1: number the requests"
    )
    req_relaxed = IntOption(
        O.REQ_RELAXED, flag=True, access="w", types=frozenset({T.REQ}), apply=NOW, doc="1: send again without a reply"
    )

    # -- messages about connections
    hello_msg = BytesOption(
        O.HELLO_MSG,
        access="w",
        types=frozenset({T.ROUTER, T.DEALER, T.REP, T.SERVER, T.CLIENT, T.PEER}),
        doc="sent to every peer before all else; b'': none",
    )
    disconnect_msg = BytesOption(
        O.DISCONNECT_MSG,
        access="w",
        types=frozenset({T.ROUTER, T.SERVER, T.PEER}),
        doc="received when a peer that came to us is gone; b'': none",
    )
    hiccup_msg = BytesOption(
        O.HICCUP_MSG,
        access="w",
        types=frozenset({T.DEALER, T.CLIENT, T.PEER}),
        doc="received when a connection we made is lost; b'': none",
    )

    # -- publish and subscribe
    subscribe_option = TopicOption(
        O.SUBSCRIBE, access="w", apply=ACTION, types=PUBLISHERS | {T.SUB}, doc="take messages with this prefix"
    )
    unsubscribe_option = TopicOption(
        O.UNSUBSCRIBE, access="w", apply=ACTION, types=PUBLISHERS | {T.SUB}, doc="undo one SUBSCRIBE"
    )
    invert_matching = IntOption(
        O.INVERT_MATCHING, low=-(2**31), flag=True, apply=NOW, doc="1: messages that match no subscription"
    )
    xpub_verbose = IntOption(
        O.XPUB_VERBOSE, flag=True, access="w", types=PUBLISHERS, apply=NOW, doc="1: report repeated subscriptions"
    )
    xpub_verboser = IntOption(
        O.XPUB_VERBOSER, flag=True, access="w", types=PUBLISHERS, apply=NOW, doc="1: and repeated cancellations"
    )
    xpub_nodrop = IntOption(
        O.XPUB_NODROP,
        flag=True,
        access="w",
        types=PUBLISHERS | {T.RADIO},
        apply=NOW,
        doc="1: a full peer makes send wait",
    )
    xpub_manual = IntOption(
        O.XPUB_MANUAL, flag=True, access="w", types=PUBLISHERS, apply=NOW, doc="1: the application subscribes peers"
    )
    xpub_manual_last_value = IntOption(
        O.XPUB_MANUAL_LAST_VALUE,
        flag=True,
        access="w",
        types=PUBLISHERS,
        apply=NOW,
        doc="1: MANUAL, and the next send goes to the last subscriber only",
    )
    xpub_welcome_msg = BytesOption(
        O.XPUB_WELCOME_MSG, access="w", types=PUBLISHERS, apply=NOW, doc="greets each new subscriber; b'': none"
    )
    only_first_subscribe = IntOption(
        O.ONLY_FIRST_SUBSCRIBE,
        flag=True,
        access="w",
        types=PUBLISHERS | {T.XSUB},
        apply=NOW,
        doc="1: only the first part of a message may be a subscription",
    )
    xsub_verbose_unsubscribe = IntOption(
        O.XSUB_VERBOSE_UNSUBSCRIBE,
        low=-(2**31),
        flag=True,
        access="w",
        types=frozenset({T.XSUB}),
        apply=NOW,
        doc="1: forward every cancellation",
    )

    # -- read only
    fd = IntOption(
        O.FD,
        access="r",
        apply=ACTION,
        types=frozenset(T) - THREAD_SAFE,
        doc="a descriptor that is readable as long as a message waits",
    )
    rcvmore = IntOption(O.RCVMORE, access="r", apply=ACTION, doc="1: the message last received has more parts")
    events_option = IntOption(O.EVENTS, access="r", apply=ACTION, doc="POLLIN and POLLOUT as they stand")
    thread_safe = IntOption(
        O.THREAD_SAFE, access="r", apply=ACTION, doc="1: of the types without multipart messages (any may be shared)"
    )
    type = TypeOption(O.TYPE, access="r", apply=ACTION, doc="the socket type")
    last_endpoint = BytesOption(O.LAST_ENDPOINT, access="r", apply=ACTION, doc="the endpoint last bound or connected")
    topics_count = IntOption(
        O.TOPICS_COUNT,
        access="r",
        apply=ACTION,
        types=PUBLISHERS | {T.SUB, T.XSUB},
        doc="distinct topics subscribed",
    )
    hwm = IntOption(O.HWM, 1000, apply=ACTION, doc="SNDHWM and RCVHWM together")
