"""Memory of this process."""

from __future__ import annotations

import resource
from pathlib import Path


def peak_bytes() -> int:
    """Most resident memory since this program started.

    Linux counts it anew after exec only in VmHWM; ru_maxrss also remembers the parent's.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
