"""Named points at which a test kills this process.

`LEADDRUM_CRASH_AT=tick.after_write`, or `tick.after_write:3` for the third pass.
"""

from __future__ import annotations

import os
import signal

_name, _, _passes = os.environ.get("LEADDRUM_CRASH_AT", "").partition(":")
_left = int(_passes or 1)


def point(name: str) -> None:
    """Die here, as a power cut would, if this is the point that was asked for."""
    global _left
    if name == _name:
        _left -= 1
        if _left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
