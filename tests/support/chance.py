"""How random tests run: bounded, without a deadline, and with what it takes to repeat a failure."""

from __future__ import annotations

import random

from hypothesis import settings


def chances(count: int) -> settings:
    """Settings for so many examples; a failure prints the blob that reproduces it."""
    return settings(max_examples=count, deadline=None, derandomize=False, print_blob=True, database=None)


def seeded() -> random.Random:
    """A random source whose seed is printed, for pytest to show when the test fails."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  # the way to repeat a failure
    return random.Random(seed)
