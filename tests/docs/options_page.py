"""The reference page of the options, docs/options.md, written from the table: ``make options``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from zmqx.constants import ContextOption, SocketOption, SocketType
from zmqx.options import (
    ACTION,
    CLOSE,
    ENDPOINT,
    NOW,
    SOCKETS,
    THREADS,
    ContextOptions,
    KeyOption,
    Option,
    RefusedOption,
    Settings,
    SocketOptions,
)
from zmqx.options.kinds import INT_MAX

PAGE = Path(__file__).parents[2] / "docs/options.md"

WHEN = {
    NOW: "at once",
    ENDPOINT: "later `bind`, `connect`",
    CLOSE: "`close`, `disconnect`",
    ACTION: "",
    SOCKETS: "later sockets",
    THREADS: "first network endpoint",
}

# A description that begins with one of these says in what the value is counted.
UNITS = ("ms", "us", "s", "bytes", "messages", "connections", "bits")

HEAD = """\
# Options

Written by `make options` from the table in [src/zmqx/options](../src/zmqx/options); not to be edited.

An option is an attribute (`sock.linger = 0`, also `sock.LINGER`), a number (`sock.setsockopt(zmqx.LINGER, 0)`,
`sock.getsockopt(zmqx.LINGER)`) and a keyword (`ctx.socket(zmqx.PUSH, linger=0)`). Set on a context
(`ctx.linger = 0`) it is the default of sockets made afterwards. A wrong value, an option that cannot be set or read, or
one that the socket's type does not have raises `ZMQError` with `EINVAL`, a wrong type `TypeError`; the text names the
option.

"Takes hold" says what a change reaches: everything *at once*, or only what is made afterwards. Empty: the option does
something when it is set, or is computed when it is read.
"""


def rows(table: type) -> Iterator[Option]:
    """The rows of a table, by number."""
    found = {id(row): row for part in table.__mro__ for row in vars(part).values() if isinstance(row, Option)}
    return iter(sorted(found.values(), key=lambda row: (row.number, row.name)))


def names(row: Option, group: type[SocketOption] | type[ContextOption]) -> list[str]:
    """Its name, and older ones."""
    others = [name for name, member in group.__members__.items() if member == row.number and name != row.name]
    shared = {"SOCKET_LIMIT", "THREAD_PRIORITY"}  # two options that have one number
    return [row.name, *(name for name in others if not {name, row.name} <= shared)]


def attributes(row: Option, table: type) -> list[str]:
    found = [name for part in table.__mro__ for name, value in vars(part).items() if value is row and name.islower()]
    return sorted(set(found), key=lambda name: (name != row.name.lower(), name))


def kind(row: Option) -> str:
    if isinstance(row, RefusedOption):
        return ""
    if getattr(row, "flag", False) or (getattr(row, "low", None), getattr(row, "high", None)) == (0, 1):
        return "flag"
    return {"NameOption": "int, str", "IdFilterOption": "int, None", "KeyOption": "bytes, str"}.get(
        type(row).__name__, "int" if hasattr(row, "low") else "bytes"
    )


def range_of(row: Option) -> str:
    if "w" not in row.access:
        return ""
    if isinstance(row, KeyOption):
        return "32 bytes, or 40 of Z85"
    if kind(row) == "flag":
        return "0, 1"
    if hasattr(row, "low") and hasattr(row, "high"):
        low, high = row.low, row.high
        if high < INT_MAX:
            return f"{low} to {high}"
        return f"from {low}" if low > -(2**31) else "any"
    least, most = getattr(row, "least", None), getattr(row, "most", None)
    if least is None or most is None:
        return f"any number, up to {most} bytes" if most else ""
    return f"{least} to {most} bytes" if most < INT_MAX else "any"


def shown(value: object) -> str:
    if value == KeyOption.default:
        return "none"
    return f"`{value}`" if isinstance(value, bytes) else str(value)


def default(row: Option) -> str:
    """Its default; of types that have another, too."""
    if "r" not in row.access or row.apply == ACTION:
        return ""
    by_value: dict[str, list[str]] = {}
    for socket_type in SocketType:
        if socket_type in row.types:
            value = Settings(socket_type).read_option(row)
            by_value.setdefault(shown(value), []).append(socket_type.name)
    usual = shown(row.default)
    others = [f"{value} for {', '.join(types)}" for value, types in by_value.items() if value != usual]
    return "; ".join([usual, *others])


def whose(types: Iterable[SocketType]) -> str:
    missing = [socket_type.name for socket_type in SocketType if socket_type not in types]
    if not missing:
        return "all"
    having = [socket_type.name for socket_type in SocketType if socket_type in types]
    return " ".join(having) if len(having) <= len(missing) else f"all but {' '.join(missing)}"


def unit(row: Option) -> str:
    words = re.split(r"[ ,:]", row.__doc__ or "")
    return words[0] if words[0] in UNITS else ""


def text(row: Option) -> str:
    said = (row.__doc__ or "").replace("|", "\\|")
    if "w" not in row.access:
        said += ". Read only"
    elif "r" not in row.access:
        said += ". Set only"
    return said


def table(lines: Iterable[list[str]], *heads: str) -> str:
    body = [heads, ["---"] * len(heads), *lines]
    return "".join("| " + " | ".join(cells).rstrip() + " |\n" for cells in body)


def rendered() -> str:
    """The page."""
    alive = [row for row in rows(SocketOptions) if not isinstance(row, RefusedOption)]
    sockets = [
        [
            str(row.number),
            *_name_cells(row, SocketOption, SocketOptions),
            kind(row),
            default(row),
            range_of(row),
            unit(row),
            WHEN[row.apply],
            whose(row.types),
            text(row),
        ]
        for row in alive
    ]
    contexts = [
        [
            str(row.number),
            *_name_cells(row, ContextOption, ContextOptions),
            kind(row),
            shown(row.default) if "r" in row.access else "",
            range_of(row),
            unit(row),
            WHEN[row.apply],
            text(row),
        ]
        for row in rows(ContextOptions)
    ]
    refused = [
        [str(row.number), row.name, row.__doc__ or ""] for row in rows(SocketOptions) if isinstance(row, RefusedOption)
    ]
    common = ("#", "name", "attribute", "type", "default", "range", "unit", "takes hold")
    return "\n".join(
        [
            HEAD,
            "## Of sockets\n",
            table(sockets, *common, "sockets", "what it is"),
            "## Of contexts\n",
            table(contexts, *common, "what it is"),
            "## Refused\n",
            "What these are about does not exist here: to set or read one raises `EINVAL`. `zmqx.has` tells before.\n",
            table(refused, "#", "name", "why"),
        ]
    )


def _name_cells(row: Option, group: type[SocketOption] | type[ContextOption], owner: type) -> list[str]:
    return [", ".join(names(row, group)), ", ".join(f"`{name}`" for name in attributes(row, owner))]


def main() -> int:
    PAGE.write_text(rendered())
    return 0


if __name__ == "__main__":
    sys.exit(main())
