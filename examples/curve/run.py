"""Run a server, a stranger and a friend: ``python examples/curve/run.py [--endpoint ENDPOINT]``. Needs zmqx[curve]."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import Failed, Stage, run

KEY = r"my public key is (\S+)"


def play(stage: Stage) -> tuple[int, str]:
    if stage.endpoint("vault").startswith("inproc:"):
        raise Failed("nothing is secured within a process: take tcp or ipc")
    with tempfile.TemporaryDirectory() as folder:
        known = Path(folder) / "known_clients.txt"
        server = stage.start("server.py", endpoint=stage.endpoint("vault"), known=known)
        shared = {"endpoint": server.heard(r"listening at (\S+)")[1], "server": server.heard(KEY)[1]}
        stranger = stage.start("client.py", "mallory", **shared, tries=2)
        friend = stage.start("client.py", "anna", **shared, tries=100)
        friend.heard("turned away")
        stage.wait(stranger)
        known.write_text(f"anna {friend.heard(KEY)[1]}\n")
        stage.wait(friend, server)
    answers = sum("has" in line and "letters" in line for line in friend.lines)
    if any("letters" in line for line in stranger.lines):
        raise Failed("the stranger was let in")
    return 2 * answers, f"anna got {answers} answers as soon as she was known, mallory none"


if __name__ == "__main__":
    sys.exit(run(__file__))
