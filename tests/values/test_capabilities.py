"""What programs ask before they use it."""

from __future__ import annotations

import pytest
import zmq

import zmqx
from zmqx.transports.registry import SCHEMES

from ..support.curve import hide_nacl


@pytest.mark.parametrize("word", ["ipc", "pgm", "norm", "gssapi", "vmci", "nonsense", "", "IPC"])
def test_both_have_it_or_both_do_not(word: str) -> None:
    assert zmqx.has(word) == zmq.has(word)


def test_drafts_are_always_there() -> None:
    assert zmqx.has("draft")


@pytest.mark.parametrize("scheme", ["ws", "wss", "udp", "tipc"])
def test_a_transport_is_there_if_it_can_be_bound(scheme: str, ctx: zmqx.Context) -> None:
    assert zmqx.has(scheme) == (scheme in SCHEMES)
    if not zmqx.has(scheme):
        with pytest.raises(zmqx.ZMQError) as caught:
            ctx.socket(zmqx.PAIR).bind(f"{scheme}://127.0.0.1:*")
        assert caught.value.errno == zmqx.EPROTONOSUPPORT


def test_no_curve_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    assert zmqx.has("curve")
    hide_nacl(monkeypatch)
    assert not zmqx.has("curve")


def test_versions_are_of_the_interface_we_have() -> None:
    assert zmqx.zmq_version() == zmq.zmq_version()
    assert zmqx.zmq_version_info() == zmq.zmq_version_info()
    assert zmqx.pyzmq_version_info()[0] == zmq.pyzmq_version_info()[0]
    assert zmqx.pyzmq_version() == ".".join(map(str, zmqx.pyzmq_version_info()))
