"""Run two publishers, a subscriber and one who comes late: ``python examples/pub_sub/run.py [--endpoint ENDPOINT]``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import Failed, Stage, run

CITIES = ["oslo", "lima"]
SAID = r"(\d+) updates of (.*); 0 missed"


def play(stage: Stage) -> tuple[int, str]:
    publishers = [
        stage.start("publisher.py", city, city=city, endpoint=stage.endpoint(city), rounds=3000) for city in CITIES
    ]
    endpoints = [publisher.heard(r"listening at (\S+)")[1] for publisher in publishers]

    early = stage.start("subscriber.py", "early", endpoint=endpoints, topic=["oslo.", "lima.wind"], updates=30)
    began = int(early.heard(r"oslo.wind #(\d+)")[1])
    early.heard(rf"oslo.wind #{began + 4}:")
    late = stage.start("subscriber.py", "late", endpoint=endpoints, topic=["oslo.wind", "lima.temp"], updates=10)
    stage.wait(early, late)

    missed = int(late.heard(r"oslo.wind #(\d+)")[1]) - began
    if missed < 5:
        raise Failed(f"who came late should have missed 5 updates or more, not {missed}")
    first, topics = early.heard(SAID).groups()
    if topics != "lima.wind, oslo.temperature, oslo.wind":
        raise Failed(f"early heard {topics}")
    second, topics = late.heard(SAID).groups()
    if topics != "lima.temperature, oslo.wind":
        raise Failed(f"late heard {topics}")
    return int(first) + int(second), f"each heard its topics; who came late missed the first {missed}"


if __name__ == "__main__":
    sys.exit(run(__file__))
