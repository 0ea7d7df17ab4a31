"""libzmq in another process is what these tests talk to."""

from ..spec.conftest import lib
from ..support.judge import judge, judge_process

__all__ = ["judge", "judge_process", "lib"]
