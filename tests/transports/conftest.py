"""What the tests of the transports share."""

from ..support.quick import quick_collections as quick_collections
