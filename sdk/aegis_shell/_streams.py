"""
One policy for text: files and pipes are UTF-8, and no console makes a command fail.

A console keeps its encoding (cp949 on Korean Windows, cp1252, ascii) and gets an escape such as ``\\uc774`` for what
it has no sign for. What goes into a file or a pipe is read by a program, so it does not depend on the machine's locale.
Whoever sets ``PYTHONIOENCODING`` has said what the reader expects, and keeps it.
"""

from __future__ import annotations

import io
import os
import sys


def prepare() -> None:
    """
    Hold the three standard streams to the policy.
    """
    chosen = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if chosen or stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    given: object = sys.stdin
    if isinstance(given, io.TextIOWrapper) and not chosen and not given.isatty():
        given.reconfigure(encoding="utf-8")
