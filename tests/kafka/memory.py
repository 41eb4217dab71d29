"""
How much memory this process has now.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def skip_without_proc() -> str | None:
    """
    The reason to skip: only Linux tells how much memory a process has now.
    """
    return None if sys.platform == "linux" else "the resident memory of a running process is read from /proc"


def resident_megabytes() -> float:
    """
    What is resident of this process.
    """
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
