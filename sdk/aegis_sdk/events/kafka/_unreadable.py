"""
Why a batch of records cannot be read, in words that say what to do.
"""

from __future__ import annotations

import re

__all__ = ["why_unreadable"]

_MISSING = re.compile(r"(gzip|snappy|lz4|zstd)")


def why_unreadable(error: Exception) -> str:
    """
    What keeps a batch from being read; never what is in it.
    """
    name = type(error).__name__
    if name == "UnsupportedCodecError" and (codec := _MISSING.search(str(error))):
        from aegis_shell import install_hint

        return f"it is compressed with {codec[1]}, which needs the extra 'compression': {install_hint('compression')}"
    if name == "UnsupportedCodecError":
        return "it is compressed in a way that nobody here knows"
    if name == "FetchRefusedError":
        return f"the broker cannot give it out ({error}); look at its log and its disk"
    if name == "OffsetsAstrayError":
        return "it is corrupt (its offsets lie behind the end); look at the broker's disk, or move the group past it"
    if name == "CorruptRecordException":
        return "it is corrupt (its checksum is wrong); look at the broker's disk, or move the group past this offset"
    return f"it is corrupt or of an unknown format ({name}); look at the broker's disk, or move the group past it"
