"""
Items that are files: what a form's part says of its file is what the item says of itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aegis_contracts.exchange import File
from aegis_mockserver.behaviours.resources._names import plain
from aegis_mockserver.behaviours.resources._shapes import Shape

_FILENAMES = frozenset({"filename", "originalfilename", "originalname", "name", "title"})
_SIZES = frozenset({"bytes", "size", "filesize", "sizebytes", "bytesize", "contentlength", "length", "sizeinbytes"})
_TYPES = frozenset({"contenttype", "mimetype", "mediatype", "filemimetype"})


def told_of(files: Sequence[File], shown: Mapping[str, Shape], said: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what an item tells of the one file that was sent for it, as far as it has members for that.

    Args:
        shown: the members of an item.
        said: what the request says in so many words; that stays.
    """
    if len(files) != 1:
        return {}
    (file,) = files
    found: dict[str, Any] = {}
    for name, shape in shown.items():
        key = plain(name)
        if name in said:
            continue
        if key in _FILENAMES and "string" in shape.types:
            found[name] = file.filename
        elif key in _SIZES and shape.types & {"integer", "number"}:
            found[name] = file.size
        elif key in _TYPES and "string" in shape.types:
            found[name] = file.media_type
    return found
