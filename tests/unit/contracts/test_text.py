"""
Reading documents: YAML 1.2, exact JSON, and places that an editor can jump to.
"""

from __future__ import annotations

import pytest

from aegis_contracts import ContractError
from aegis_contracts.documents._text import parse, positions


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("2024-07-01", "2024-07-01"),
        ("12:30", "12:30"),
        ("1e3", 1000.0),
        ("0x1f", 31),
        ("0o17", 15),
        ("017", 17),
        ("+.5", 0.5),
        ("~", None),
        ("'1'", "1"),
        ("true", True),
        ("2.0.0", "2.0.0"),
        ("010-1234-5678", "010-1234-5678"),
    ],
)
def test_scalars_follow_yaml_1_2(written: str, meant: object):
    """
    A plain scalar means what YAML 1.2's core schema says, so that `no` is Norway and a date is text.
    """
    assert parse(f"key: {written}".encode(), "f.yaml") == {"key": meant}


def test_big_integers_stay_exact():
    """
    A number larger than a float can say arrives as it was written.
    """
    assert parse(b'{"n": 123456789012345678901234567890}', "f.json") == {"n": 123456789012345678901234567890}


def test_anchors_and_merge_keys_are_followed():
    """
    A document that shares parts by anchors reads like one that repeats them.
    """
    text = b"base: &b {x: 1}\nuse: *b\nmerged: {<<: *b, y: 2}\n"
    assert parse(text, "f.yaml") == {"base": {"x": 1}, "use": {"x": 1}, "merged": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("text", "line", "column", "rule"),
    [
        (b"a: [1,\nb: 2", 3, 1, "syntax"),
        (b'{"a": 1,,}', 1, 9, "syntax"),
        (b"a: 1\nb: 2\na: 3", 3, 1, "duplicate-key"),
        (b"- a\n--- \n- b", 2, 1, "syntax"),
        (b"a: *nowhere", 1, 4, "syntax"),
        (b"", 1, 1, "empty"),
        (b"a: \xff", 1, 1, "syntax"),
    ],
)
def test_broken_text_is_refused_with_its_place(text: bytes, line: int, column: int, rule: str):
    """
    Text that is no YAML or JSON is refused with line, column and a way to mend it.
    """
    with pytest.raises(ContractError) as refused:
        parse(text, "f.yaml")
    finding = refused.value.findings[0]
    assert (finding.line, finding.column, finding.rule) == (line, column, rule)
    assert finding.mend


@pytest.mark.parametrize(
    ("text", "pointer", "place"),
    [
        (b"a:\n  b:\n    - 1\n    - {c: 2}\n", "/a/b/1/c", (4, 8)),
        (b'{\n "a": {"b": [1,\n 2, {"c":3}]}\n}', "/a/b/2/c", (3, 6)),
        (b'{\n\t"a": 1}', "/a", (2, 2)),
        (b"a/b: 1\nc: 2", "/a~1b", (1, 1)),
        (b"a: 1\nb: {}", "/b/missing/deep", (2, 1)),
    ],
)
def test_pointers_become_lines_and_columns(text: bytes, pointer: str, place: tuple[int, int]):
    """
    A JSON pointer leads to the line where its key stands, or to the nearest thing above it.
    """
    assert positions(text, [pointer]) == {pointer: place}


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "\n".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "a: &a {b: {c: *a}}",
        "- &a [*a]",
    ],
    ids=["bomb", "mapping in itself", "sequence in itself"],
)
def test_aliases_are_bounded(text: str):
    """
    Aliases that stand for millions of nodes, or for themselves, are refused with their place before anything grows.
    """
    with pytest.raises(ContractError) as refused:
        parse(text.encode(), "bomb.yaml")
    (finding,) = refused.value.findings
    assert (finding.rule, finding.mend) == ("alias", "write a $ref instead")
    assert finding.line
    assert finding.column


def test_honest_aliases_are_kept():
    """
    An alias that shares a few lines is data like any other.
    """
    assert parse(b"a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}", "f.yaml") == {
        "a": {"x": 1},
        "b": {"x": 1},
        "c": {"x": 1, "y": 2},
    }
