"""
Cells of CSV files that are opened in spreadsheets: none of them is a formula.
"""

from __future__ import annotations

__all__ = ["read_cell", "written_cell"]

# What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection), full-width forms included.
_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MARK = "'"


def written_cell(value: str) -> str:
    """
    Put an apostrophe before what a spreadsheet would calculate, and before what would be read as such a cell.
    """
    return _MARK + value if value.lstrip(_MARK).startswith(_BEGINS) else value


def read_cell(text: str) -> str:
    """
    Take that apostrophe off again, so that what was written is read.
    """
    return text[1:] if text.startswith(_MARK) and text.lstrip(_MARK).startswith(_BEGINS) else text
