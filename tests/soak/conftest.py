"""Long runs, left out of ``make test``: ``make soak``. ``SOAK`` in the environment multiplies their length."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest

from ..faces.test_free_for_all import any_ctx as any_ctx

#: How much longer than usual.
LENGTH = float(os.environ.get("SOAK", "1"))


@pytest.fixture
def seed() -> int:
    return random.SystemRandom().randrange(2**32)


@pytest.fixture
def tell(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Says what a run did, also if it went well."""

    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n{request.node.name}: {text}", flush=True)  # noqa: T201  # the purpose

    return say
