"""Run a client and three servers: ``python examples/request_reply/run.py [--endpoint ENDPOINT]``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import Failed, Stage, run

NAMES = ["anna", "bruno", "carla"]


def play(stage: Stage) -> tuple[int, str]:
    servers = [stage.start("server.py", name, name=name, endpoint=stage.endpoint(name)) for name in NAMES]
    endpoints = [server.heard(r"listening at (\S+)")[1] for server in servers]
    client = stage.start("client.py", endpoint=endpoints, requests=12)
    stage.wait(client)
    replies, shares = client.heard(r"(\d+) replies: (.*)").groups()
    if shares != "4 by anna, 4 by bruno, 4 by carla":
        raise Failed(f"the servers did not take turns: {shares}")
    return 2 * int(replies), f"{replies} replies: {shares}"


if __name__ == "__main__":
    sys.exit(run(__file__))
