"""Memory for long messages, that the allocator is to keep for the next one."""

from __future__ import annotations

# glibc gives memory back to the system, page by page to be had anew, once more than twice its largest
# mapped block lies free at the end of the heap. Two long messages in a row are enough for that, and the
# page faults then cost more than the reading. Freeing one block of this multiple of the longest message
# so far (never touched, so it costs nothing) teaches it to keep a few of them.
_KEEP = 4
KEEP_FROM = 1 << 17
_KEEP_TO = 1 << 23

_longest = 0


def keep_memory(size: int) -> None:
    """Have the allocator keep blocks of this size for the next message."""
    global _longest
    if size > _longest and size <= _KEEP_TO:
        _longest = size
        bytes(_KEEP * size)
