"""Run the pipeline with three workers: ``python examples/push_pull/run.py [--endpoint ENDPOINT]``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import Failed, Stage, run

LIMIT, PRIMES = 200_000, 17_984
NAMES = ["anna", "bruno", "carla"]


def play(stage: Stage) -> tuple[int, str]:
    sink = stage.start("sink.py", endpoint=stage.endpoint("results"), limit=LIMIT)
    ventilator = stage.start("ventilator.py", endpoint=stage.endpoint("tasks"), workers=len(NAMES), limit=LIMIT)
    source, target = (part.heard(r"listening at (\S+)")[1] for part in (ventilator, sink))
    for name in NAMES:
        stage.start("worker.py", name, endpoint=source, sink=target, name=name)
    stage.wait(ventilator, sink)
    primes, tasks, shares = sink.heard(r"(\d+) primes below \d+, in (\d+) tasks: (.*)").groups()
    if int(primes) != PRIMES:
        raise Failed(f"there are {PRIMES} primes below {LIMIT}, not {primes}")
    if not all(name in shares for name in NAMES):
        raise Failed(f"not every worker had work: {shares}")
    return 2 * int(tasks), f"{primes} primes in {tasks} tasks: {shares}"


if __name__ == "__main__":
    sys.exit(run(__file__))
