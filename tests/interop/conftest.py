"""libzmq in another process is what these tests talk to."""

from ..support.judge import judge, judge_process

__all__ = ["judge", "judge_process"]
