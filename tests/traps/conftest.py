"""Each trap is shown with raw bytes, and where libzmq itself falls into it, with libzmq."""

from ..support.judge import judge, judge_process

__all__ = ["judge", "judge_process"]
