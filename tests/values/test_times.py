"""What ``timeout=`` and ``linger=`` may be, wherever they are taken."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from zmqx.times import time_to_wait


@pytest.mark.parametrize("given", [0, 1, True, 0.5, 2**31, 10**14, Fraction(1, 2), Decimal("1.5")])
def test_a_time_is_as_long_as_it_says(given: Any) -> None:
    assert time_to_wait(given) == given


@pytest.mark.parametrize("given", [None, -1, -0.5, float("inf"), float("-inf"), 2**63, 1e300, 10**400, -(10**400)])
def test_a_wait_without_an_end(given: Any) -> None:
    """Infinity says so, and what is longer than any clock runs comes to the same."""
    assert time_to_wait(given) == -1


@pytest.mark.parametrize("given", [float("nan"), Decimal("nan")])
def test_nan_is_no_time(given: Any) -> None:
    with pytest.raises(ValueError, match=r"linger = .*nan"):
        time_to_wait(given, "linger")


@pytest.mark.parametrize("given", ["1", b"1", bytearray(b"1"), 1j, [], object()])
def test_what_is_no_number(given: Any) -> None:
    with pytest.raises(TypeError, match=f"timeout takes a number, not {type(given).__name__}"):
        time_to_wait(given)
