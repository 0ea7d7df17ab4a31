"""Every kind of reactor, made and turned in the same way."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable
from typing import Any

import pytest

from zmqx.engine.reactor import Reactor, Waiter
from zmqx.engine.selector_reactor import SelectorReactor

from .virtual_reactor import VirtualReactor

# Seconds: the end of a test that waits in vain.
DEADLINE = 10.0

#: The ways to wait for descriptors: epoll, and what stands in for it elsewhere.
SETS = ["epoll", "selectors", "poll", "select"]


def force_set(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have reactors wait in this way from now on."""
    if kind == "epoll":
        return
    # What a system without it looks like to the engine.
    monkeypatch.delattr(os, "eventfd")
    if kind != "selectors":
        chosen = selectors.PollSelector if kind == "poll" else selectors.SelectSelector
        monkeypatch.setattr(selectors, "DefaultSelector", chosen)


class Turner:
    """A reactor, and a way to have it work until a test has seen enough."""

    def __init__(self, kind: str) -> None:
        self.reactor: Any = VirtualReactor() if kind == "virtual" else SelectorReactor("test-reactor")
        self.contract: Reactor = self.reactor
        self._enough = Waiter(getattr(self.reactor, "rouse", lambda waiter: None))

    def enough(self) -> None:
        """The test has seen what it waits for. For callbacks."""
        self._enough.set()

    def turn(self, *, begin: Callable[[], object] | None = None) -> None:
        """Work until ``enough`` was called."""
        if begin is not None:
            begin()
        if isinstance(self.reactor, VirtualReactor):
            self.reactor.run_until(lambda: self._enough.ready)
        else:
            self.reactor.drive(self._enough, self.reactor.now() + DEADLINE)
        assert self._enough.ready, "it did not happen"
        self._enough = Waiter(self._enough.rouse)

    def work_off(self) -> None:
        """Work until everything asked for so far has been done."""
        self.turn(begin=lambda: self.contract.call_later(0.0, self.enough))
