"""docs/overload.md names everything there is, as it is called, and its tables are the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import zmqx
from zmqx.accounts import Drop, SocketStats
from zmqx.constants import NativeOption, Overflow, SocketType
from zmqx.options import SOCKET_TABLE
from zmqx.options.native import SENDERS
from zmqx.routing.registry import ROUTINGS

PAGE = (Path(__file__).parents[2] / "docs/overload.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]
WORDS = set(re.findall(r"`([^`\n]+)`", PAGE))


@pytest.mark.parametrize("group", [Drop, Overflow], ids=lambda group: group.__name__)
def test_every_member_has_its_row(group: type[Drop] | type[Overflow]) -> None:
    told = {cells[0].strip("`") for cells in ROWS}
    assert {member.name for member in group} <= told


OTHERS = {NativeOption.SPIN}  # not about overload


@pytest.mark.parametrize("option", sorted(set(NativeOption) - OTHERS), ids=lambda option: option.name)
def test_every_option_of_ours_is_named(option: NativeOption) -> None:
    assert option.name.lower() in WORDS
    assert hasattr(zmqx.Socket, option.name.lower())


def test_attributes_that_are_named_exist() -> None:
    for name in ("filtered", "messages_in", "messages_out"):
        assert name in WORDS
        assert name in SocketStats.__slots__


def test_types_may_do_what_the_table_says() -> None:
    at = next(index for index, cells in enumerate(ROWS) if cells[:2] == ["socket", "may be"])
    told: dict[SocketType, tuple[str, str]] = {}
    for kinds, choice, default in ROWS[at + 2 : at + 6]:
        for name in kinds.split(", "):
            told[SocketType[name]] = (choice, re.findall(r"`([A-Z_]+)`", default)[0])
    assert told.keys() == SENDERS == set(SOCKET_TABLE[NativeOption.OVERFLOW].types)
    for kind, (choice, default) in told.items():
        routing = ROUTINGS[kind]
        expected = set(Overflow) if choice == "any" else set(Overflow) - {Overflow.DISCONNECT}
        assert routing.overflows == expected, kind
        assert routing.default_overflow is Overflow[default], kind
