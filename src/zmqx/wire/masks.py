"""The mask of WebSocket payloads (RFC 6455, section 5.3). The compiled half runs where it was built."""

from __future__ import annotations

from .._accel import half


def python_masked(data: bytes, mask: bytes, offset: int = 0) -> bytes:
    """Bytes of a payload, from this offset on, with the mask put on or taken off."""
    if len(mask) != 4 or offset < 0:
        raise ValueError("a mask has four bytes")
    size = len(data)
    turned = mask[offset % 4 :] + mask[: offset % 4]
    stream = int.from_bytes((turned * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(data, "big") ^ stream).to_bytes(size, "big")


TYPE_CHECKING = False
if TYPE_CHECKING:
    masked = python_masked
else:
    masked = half("masks", "masked", python_masked)
