"""Run both ends together: ``python examples/pair/run.py [--endpoint ENDPOINT]``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import Stage, run


def play(stage: Stage) -> tuple[int, str]:
    server = stage.start("server.py", endpoint=stage.endpoint("pair"))
    client = stage.start("client.py", endpoint=server.heard(r"listening at (\S+)")[1], readings=24)
    stage.wait(server, client)
    readings, alarms = map(int, client.heard(r"sent (\d+) readings, heard (\d+) alarms").groups())
    return readings + alarms + 3, f"{readings} readings one way, {alarms} alarms the other"  # limit, end, mean


if __name__ == "__main__":
    sys.exit(run(__file__))
