"""What a program does not use is not loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

import zmqx

_ENDPOINT = "with zmqx.Context() as ctx, ctx.socket(zmqx.PUSH, linger=0) as push: push.bind('tcp://127.0.0.1:*')"

_EXTRAS = (
    " transports.adopting wire.websocket wire.legacy wire.sealed wire.raw wire.mechanisms.curve wire.mechanisms.plain"
    " engine.relay engine.loop_reactor engine.datagrams devices keys z85"
)

# What a program does, what it must not have loaded, and what it must have.
PROGRAMS = {
    "import": (
        "",
        "engine.core engine.ports routing.base transports wire.connection asyncio anyio devices keys polling z85",
        "sync contexts",
    ),
    "a lonely PUSH over tcp": (
        _ENDPOINT,
        "routing.router routing.xpub transports.ws transports.udp transports.ipc transports.socks transports.filters"
        + _EXTRAS,
        "routing.push transports.tcp wire.mechanisms.null engine.core",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_only_what_is_used_is_loaded(name: str) -> None:
    program, absent, present = PROGRAMS[name]
    code = f"import sys, zmqx\n{program}\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = run.stdout.split()
    for word in absent.split():
        assert not [module for module in loaded if f"{module}.".startswith(f"zmqx.{word}.")]
    for word in present.split():
        assert f"zmqx.{word}" in loaded


def test_what_is_loaded_late_is_there_all_the_same() -> None:
    names: dict[str, object] = {}
    exec("from zmqx import *", names)
    assert names["Poller"] is zmqx.Poller is zmqx.polling.Poller
    assert {"Context", "Socket", "proxy", "Proxy", "PUSH", "ZMQError", "curve_keypair", "has"} <= set(names)
    assert {"sync", "annotations", "TYPE_CHECKING", "engine"}.isdisjoint(names)
    assert {"Proxy", "select", "Context", "LINGER"} <= set(dir(zmqx))
    with pytest.raises(AttributeError, match="no attribute 'Sokcet'"):
        zmqx.Sokcet  # noqa: B018
