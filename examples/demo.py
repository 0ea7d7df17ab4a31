"""Run every example, one after the other, and sum up: ``python examples/demo.py [--endpoint ENDPOINT]``."""

import argparse
import sys
from pathlib import Path

from common import Interrupted, Outcome, perform, say

FOLDER = Path(__file__).resolve().parent
PATTERNS = ["pair", "request_reply", "push_pull", "pub_sub", "dealer_router", "client_server", "radio_dish", "stream"]


def table(outcomes: list[Outcome]) -> str:
    rows = [("pattern", "parts", "messages", "result", "seconds", "ok")]
    for done in outcomes:
        ok = "yes" if done.ok else "NO"
        rows.append((done.pattern, str(done.parts), str(done.messages), done.result, f"{done.seconds:.1f}", ok))
    widths = [max(map(len, column)) for column in zip(*rows)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run every example, one after the other, and sum up.")
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:*", help="as for each run.py (default: %(default)s)")
    endpoint = parser.parse_args().endpoint
    outcomes = []
    try:
        for pattern in PATTERNS:
            outcomes.append(perform(FOLDER / pattern, endpoint))
            say("")
    except Interrupted as end:
        print(end, file=sys.stderr)
        return end.code
    say(table(outcomes))
    return 0 if all(done.ok for done in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
