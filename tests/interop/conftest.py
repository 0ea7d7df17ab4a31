"""libzmq in another process is what these tests talk to."""

from ..support.judge import judge, judge_process
from ..support.quick import quick_collections

__all__ = ["judge", "judge_process", "quick_collections"]
