"""Run a broker, two clients and two workers: ``python examples/dealer_router/run.py [--endpoint ENDPOINT]``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import Failed, Stage, run


def play(stage: Stage) -> tuple[int, str]:
    broker = stage.start("broker.py", endpoint=stage.endpoint("clients"), backend=stage.endpoint("workers"), workers=2)
    frontend, backend = (broker.heard(rf"{side} at (\S+)")[1] for side in ("clients", "workers"))
    stage.start("worker.py", endpoint=backend, name="worker", threads=4)
    stage.start("rep_worker.py", endpoint=backend, name="rep_worker", delay=30)
    client = stage.start("client.py", endpoint=frontend, requests=20)
    req_client = stage.start("req_client.py", endpoint=frontend, requests=4)
    stage.wait(client, req_client)

    replies, overtaken, shares = client.heard(r"(\d+) replies, (\d+) times out of order: (.*)").groups()
    in_turn = req_client.heard(r"(\d+) replies, each before the next request")[1]
    if overtaken == "0":
        raise Failed("all replies came in the order of the requests")
    if not ("by worker" in shares and "by rep_worker" in shares):
        raise Failed(f"not every worker had work: {shares}")
    messages = 2 * (int(replies) + int(in_turn))
    return messages, f"{replies} replies, {overtaken} times out of order, and {in_turn} in turn"


if __name__ == "__main__":
    sys.exit(run(__file__))
