"""docs/spec/monitor.md, section 3: the numbers of events. What they tell is in the sequences of section 4."""

from __future__ import annotations

import pytest

import zmqx

from ..support.raw_peer import RawListener, frame, greeting
from .lib import Lib
from .states import row, states
from .watching import watch

KINDS = [
    ("M3.1", "CONNECTED", 0x0001),
    ("M3.2", "CONNECT_DELAYED", 0x0002),
    ("M3.3", "CONNECT_RETRIED", 0x0004),
    ("M3.4", "LISTENING", 0x0008),
    ("M3.5", "BIND_FAILED", 0x0010),
    ("M3.6", "ACCEPTED", 0x0020),
    ("M3.7", "ACCEPT_FAILED", 0x0040),
    ("M3.8", "CLOSED", 0x0080),
    ("M3.9", "CLOSE_FAILED", 0x0100),
    ("M3.10", "DISCONNECTED", 0x0200),
    ("M3.11", "MONITOR_STOPPED", 0x0400),
    ("M3.12", "HANDSHAKE_FAILED_NO_DETAIL", 0x0800),
    ("M3.13", "HANDSHAKE_SUCCEEDED", 0x1000),
    ("M3.14", "HANDSHAKE_FAILED_PROTOCOL", 0x2000),
    ("M3.15", "HANDSHAKE_FAILED_AUTH", 0x4000),
    ("M3.16", "ALL", 0xFFFF),
    ("M3.16", "ALL_V1", 0xFFFF),
    ("M3.17", "PIPES_STATS", 0x10000),
    ("M3.17", "ALL_V2", 0x1FFFF),
]

FAULTS = {
    "M3.22": {
        "ZMTP_UNSPECIFIED": 0x10000000,
        "ZMTP_UNEXPECTED_COMMAND": 0x10000001,
        "ZMTP_INVALID_SEQUENCE": 0x10000002,
        "ZMTP_KEY_EXCHANGE": 0x10000003,
        "ZMTP_MALFORMED_COMMAND_UNSPECIFIED": 0x10000011,
        "ZMTP_MALFORMED_COMMAND_MESSAGE": 0x10000012,
        "ZMTP_MALFORMED_COMMAND_HELLO": 0x10000013,
        "ZMTP_MALFORMED_COMMAND_INITIATE": 0x10000014,
        "ZMTP_MALFORMED_COMMAND_ERROR": 0x10000015,
        "ZMTP_MALFORMED_COMMAND_READY": 0x10000016,
        "ZMTP_MALFORMED_COMMAND_WELCOME": 0x10000017,
        "ZMTP_INVALID_METADATA": 0x10000018,
        "ZMTP_CRYPTOGRAPHIC": 0x11000001,
        "ZMTP_MECHANISM_MISMATCH": 0x11000002,
    },
    "M3.23": {
        "ZAP_UNSPECIFIED": 0x20000000,
        "ZAP_MALFORMED_REPLY": 0x20000001,
        "ZAP_BAD_REQUEST_ID": 0x20000002,
        "ZAP_BAD_VERSION": 0x20000003,
        "ZAP_INVALID_STATUS_CODE": 0x20000004,
        "ZAP_INVALID_METADATA": 0x20000005,
    },
    "M3.24": {"WS_UNSPECIFIED": 0x30000000},
}


@pytest.mark.parametrize(("name", "value"), [row(ids, name, value, name=name) for ids, name, value in KINDS])
def test_a_kind_has_its_number(lib: Lib, name: str, value: int) -> None:
    assert int(getattr(lib.zmq, f"EVENT_{name}")) == value
    assert int(lib.zmq.constants.Event[name]) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [row(ids, name, value, name=name) for ids, group in FAULTS.items() for name, value in group.items()],
)
def test_a_fault_has_its_number(lib: Lib, name: str, value: int) -> None:
    assert int(getattr(lib.zmq, f"PROTOCOL_ERROR_{name}")) == value


@states("M3.16")
def test_all_of_them_are_all(lib: Lib) -> None:
    """And only those asked for come."""
    pull, told = watch(lib, zmqx.PULL, zmqx.EVENT_CLOSED | zmqx.EVENT_MONITOR_STOPPED)
    pull.unbind(lib.bind(pull))
    assert told.next().kind == "CLOSED"
    pull.disable_monitor()
    assert told.next().kind == "MONITOR_STOPPED"
    named = [value for _, name, value in KINDS if value < 0xFFFF]
    assert zmqx.EVENT_ALL & sum(named) == sum(named)


@states("M3.15")
def test_a_peer_that_refuses_us(lib: Lib) -> None:
    push, told = watch(lib, zmqx.PUSH, reconnect_ivl=10)
    with RawListener() as server:
        push.connect(server.endpoint)
        with server.accept() as peer:
            peer.greet(greeting())
            peer.send(frame(b"\x05ERROR\x03400", 4))
            told.until("CONNECTED")
            failed = told.next()
    assert (failed.kind, failed.value) == ("HANDSHAKE_FAILED_AUTH", 400)


@states("M3.11")
def test_the_end_of_a_monitor(lib: Lib) -> None:
    pull, told = watch(lib, zmqx.PULL)
    pull.disable_monitor()
    assert told.next() == ("MONITOR_STOPPED", 0, "")
