"""Which half of the ends of a pipe runs: compiled where it was built, else Python."""

from __future__ import annotations

from .._accel import half
from . import ends

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ends import LaneEnd as LaneEnd
    from .ends import PipeEnds as PipeEnds
    from .ends import Queue as Queue
    from .ends import TaskEnds as TaskEnds
else:
    Queue = half("ends", "Queue", ends.Queue)
    PipeEnds = half("ends", "PipeEnds", ends.PipeEnds)
    LaneEnd = half("ends", "LaneEnd", ends.LaneEnd)
    TaskEnds = half("ends", "TaskEnds", ends.TaskEnds)
