"""Run a radio and two dishes: ``python examples/radio_dish/run.py [--endpoint ENDPOINT]``, also over udp."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import Failed, Stage, run

GROUPS = {"kitchen": ["news", "jazz"], "car": ["news", "rock"]}


def play(stage: Stage) -> tuple[int, str]:
    dishes = {
        name: stage.start("dish.py", name, endpoint=stage.endpoint(name), group=groups, items=20)
        for name, groups in GROUPS.items()
    }
    endpoints = [dish.heard(r"listening at (\S+)")[1] for dish in dishes.values()]
    stage.start("radio.py", endpoint=endpoints, rounds=3000)
    stage.wait(*dishes.values())
    total = 0
    for name, dish in dishes.items():
        count, groups = dish.heard(r"(\d+) items of (.*); 0 missed").groups()
        if groups != ", ".join(sorted(GROUPS[name])):
            raise Failed(f"{name} heard {groups}")
        total += int(count)
    return total, "each heard the groups that it joined"


if __name__ == "__main__":
    sys.exit(run(__file__))
