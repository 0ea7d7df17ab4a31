"""Run a web server and three visitors: ``python examples/stream/run.py [--endpoint ENDPOINT]``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import Stage, run

FIRST = {"anna": 1, "bruno": 10, "carla": 100}
PAGES = 4


def play(stage: Stage) -> tuple[int, str]:
    endpoint = stage.endpoint("web")
    if endpoint.startswith("inproc:"):
        endpoint = "tcp://127.0.0.1:*"  # threads, too, need something that carries bytes
    server = stage.start("server.py", endpoint=endpoint, requests=PAGES * len(FIRST))
    endpoint = server.heard(r"listening at (\S+)")[1]
    visitors = [
        stage.start("visitor.py", name, endpoint=endpoint, first=first, pages=PAGES) for name, first in FIRST.items()
    ]
    stage.wait(*visitors, server)
    pages = sum(int(visitor.heard(r"read (\d+) pages")[1]) for visitor in visitors)
    return 2 * pages, f"{pages} pages, each by a connection of its own"


if __name__ == "__main__":
    sys.exit(run(__file__))
