"""
CSV as people have it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from aegis_sdk.batch import BatchInputError, Row
from aegis_sdk.batch._rows import CsvRows

HEAD = "business_registration_number,name"


def rows(path: Path, data: bytes, **options: str) -> list[Row]:
    file = path / "in.csv"
    file.write_bytes(data)
    return list(CsvRows(file, **options))


def read(path: Path, data: bytes, **options: str) -> list[str]:
    return [row.trouble or row.number for row in rows(path, data, **options)]


@pytest.mark.parametrize(
    ("codec", "named"), [("utf-8", None), ("utf-8-sig", None), ("cp949", None), ("cp949", "euc-kr")]
)
def test_utf_8_and_cp949_are_read(tmp_path: Path, codec: str, named: str | None) -> None:
    """
    With a byte order mark or without, as Excel in Korea writes it, told or found out; 똠 is in cp949 only.
    """
    text = "사업자등록번호,상호,개업일자,대표자명\r\n124-81-00998,똠방각하,1969-01-13,김서연\r\n2208162517,네이버,,\r\n"
    found = rows(tmp_path, text.encode(codec), **({"encoding": named} if named else {}))
    assert [(row.number, row.start_date, row.representative) for row in found] == [
        ("124-81-00998", "1969-01-13", "김서연"),
        ("2208162517", "", ""),
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["1,a", "", "2,b", "   "], ["1", "2"]),
        (['"1","a, b"', '2,"a ""b"""'], ["1", "2"]),
        (['1,"a\nb\nc"', "2,b"], ["1", "2"]),
        (['"1,a', "2,b", "3,c"], ["the quotes of the line do not match", "2", "3"]),
        (["1,a", '"2,b', '"3",c', "4,d"], ["1", "the quotes of the line do not match", "3", "4"]),
        (['1,"a"b', "2,b"], ["the quotes of the line do not match", "2"]),
        (["1,a,,", "2"], ["1", "2"]),
        (["1,a,b,", "2,b"], ["the line has 4 fields where the first one has 2", "2"]),
        (["1\0,a", "2,b"], ["1\0", "2"]),
    ],
)
def test_a_line_never_touches_the_next(tmp_path: Path, lines: list[str], expected: list[str]) -> None:
    """
    Quotes are read as CSV has them; one that nobody closes costs its own line.
    """
    for ending in ("\n", "\r\n"):
        text = ending.join([HEAD, *(line.replace("\n", ending) for line in lines)])
        assert read(tmp_path, text.encode()) == expected


def test_bytes_that_are_no_text_cost_their_own_line(tmp_path: Path) -> None:
    """
    One line of another encoding, or of none, is one unreadable row.
    """
    data = f"{HEAD}\n1,가\n".encode() + b"2,\xff\xfe\n" + "3,나\n".encode()
    assert read(tmp_path, data) == ["1", "the line is no text in utf-8", "3"]
    assert read(tmp_path, data + "4,다\n".encode("cp949"))[-1] == "the line is no text in utf-8"


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    """
    What is longer than a mebibyte is one bad row.
    """
    data = f"{HEAD}\n".encode() + b"1," + b"x" * 5_000_000 + b"\n2,b\n"
    assert read(tmp_path, data) == ["the line is longer than 1,048,576 bytes", "2"]
    many = f"{HEAD}\n".encode() + b'"1,a\n' * 20_000
    assert len(read(tmp_path, many)) == 20_000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"number,name\n1,a\n", "no column business_registration_number"),
        ("business_registration_number\n1".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    """
    It is told what is missing, and nothing is asked; the names of the columns are not told, they may be data.
    """
    with pytest.raises(BatchInputError, match=said):
        read(tmp_path, data)
    with pytest.raises(BatchInputError, match="cannot be read"):
        CsvRows(tmp_path / "absent.csv")


def test_columns_have_the_names_that_such_files_have(tmp_path: Path) -> None:
    """
    Another name can be given, other separators are found out, case does not count.
    """
    assert read(tmp_path, b"Number;x\n1;2\n", column="number") == ["1"]
    assert read(tmp_path, b"x\tBusiness_Registration_Number\n2\t1\n") == ["1"]
