"""Multicast over an interface that can do it: run in a network namespace that has one, ``v0``. The loopback interface
has no multicast in IPv6, and copies for this machine whatever MULTICAST_LOOP says."""

from __future__ import annotations

import sys

import zmqx

IN_TIME = 10_000


def check(address: str, ipv6: int, **options: int) -> None:
    """What is sent to a group arrives; but not where this machine is left out."""
    context = zmqx.Context()
    dish = context.socket(zmqx.DISH, ipv6=ipv6, rcvtimeo=IN_TIME)
    dish.join("g")
    endpoint = dish.bind(f"udp://{address}:*")
    silent = context.socket(zmqx.RADIO, ipv6=ipv6, multicast_loop=0, **options)
    loud = context.socket(zmqx.RADIO, ipv6=ipv6, **options)
    for radio, body in ((silent, b"silent"), (loud, b"loud")):
        radio.connect(endpoint)
        radio.send(body, group="g")
    got = dish.recv()
    assert got == b"loud", f"{endpoint}: {got!r}"
    assert not loud.stats().dropped, loud.stats()
    context.destroy(linger=0)


if __name__ == "__main__":
    for address in sys.argv[1:]:
        check(address, int("[" in address))
        check(address, int("[" in address), multicast_hops=3)
    sys.stdout.write("ok\n")
