"""Which half of the framing runs: compiled where it was built, else Python (``frames``, the reference)."""

from __future__ import annotations

from .._accel import half
from . import frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .frames import Decoder as Decoder
    from .frames import encode as encode
    from .frames import encode_small as encode_small
else:
    Decoder = half("frames", "Decoder", frames.Decoder)
    encode = half("frames", "encode", frames.encode)
    encode_small = half("frames", "encode_small", frames.encode_small)
