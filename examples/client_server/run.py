"""Run a server and three clients: ``python examples/client_server/run.py [--endpoint ENDPOINT]``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import Stage, run

STARTS = {"anna": 10, "bruno": 12, "carla": 14}


def play(stage: Stage) -> tuple[int, str]:
    server = stage.start("server.py", endpoint=stage.endpoint("countdown"))
    endpoint = server.heard(r"listening at (\S+)")[1]
    clients = [stage.start("client.py", name, endpoint=endpoint, start=start) for name, start in STARTS.items()]
    stage.wait(*clients)
    numbers = sum(int(client.heard(r"heard (\d+) numbers")[1]) for client in clients)
    return numbers + len(clients), f"{len(clients)} countdowns at once, {numbers} numbers in order"


if __name__ == "__main__":
    sys.exit(run(__file__))
