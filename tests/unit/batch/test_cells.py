"""
Cells that a spreadsheet would calculate: written as text, and read back as they were.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from aegis_sdk.batch._cells import read_cell, written_cell
from aegis_sdk.batch._rows import CsvRows

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "'=1", "\uff1d1+1"]


@pytest.mark.parametrize("value", [*FORMULAS, "124-81-00998", "'quoted'", "", "o'clock", "1=1"])
def test_a_cell_is_no_formula_and_comes_back(value: str) -> None:
    """
    No cell begins as a formula does; whatever was written is read again as it was, and what is harmless stays.
    """
    cell = written_cell(value)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\uff1d"))
    assert read_cell(cell) == value
    assert (cell == value) is (value not in FORMULAS)


def test_an_output_may_be_an_input(tmp_path: Path) -> None:
    """
    The number of a bad row is the same after any number of rounds.
    """
    path = tmp_path / "in.csv"
    path.write_text(f"business_registration_number\n{written_cell('=1+1')}\n", encoding="utf-8")
    assert [row.number for row in CsvRows(path)] == ["=1+1"]
