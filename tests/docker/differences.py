"""Where Docker's own engine answers otherwise than the emulated one does, and it is not settled yet who is to change.

Each is expected to fail on dockerd and is counted apart; one that passes is to be taken out here.
"""

from __future__ import annotations

__all__ = ["OPEN"]

#: The behaviour's name → what dockerd 20.10.24 does.
OPEN = {
    "mistake-flush-nat": "a flushed nat table leaves a host's port unanswered, not refused",
}
