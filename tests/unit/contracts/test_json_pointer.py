"""
JSON Pointer, by the examples of RFC 6901 and by what its copies got wrong.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts.json_pointer import (
    InvalidPointerError,
    NothingThereError,
    escape,
    join,
    resolve,
    split,
    unescape,
)

ROOT = Path(__file__).parents[3]
# RFC 6901 §5 and §6.
DOCUMENT: dict[str, Any] = {
    "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, 'k"l': 6, " ": 7, "m~n": 8,
    "01": {"-": "x"}, "~1": "tilde one",
}  # fmt: skip
EXAMPLES = {
    "": DOCUMENT, "/foo": ["bar", "baz"], "/foo/0": "bar", "/": 0, "/a~1b": 1, "/c%d": 2, "/e^f": 3, "/g|h": 4,
    "/i\\j": 5, '/k"l': 6, "/ ": 7, "/m~0n": 8, "/01/-": "x", "/~01": "tilde one",
    "#": DOCUMENT, "#/foo/0": "bar", "#/a~1b": 1, "#/c%25d": 2, "#/e%5Ef": 3, "#/%20": 7, "#/m~0n": 8,
}  # fmt: skip


@pytest.mark.parametrize("pointer", EXAMPLES)
def test_the_examples_of_the_standard(pointer: str) -> None:
    """
    Every example of RFC 6901 leads where the standard says, as text and as a URI fragment.
    """
    assert resolve(DOCUMENT, pointer) == EXAMPLES[pointer]


@pytest.mark.parametrize("key", ["a/b", "m~n", "~1", "~01", "/", "~", "", "이름", "a~/b"])
def test_a_key_comes_back(key: str) -> None:
    """
    What is written as a token is read as the same key.
    """
    assert split(join("x", key, 3)) == ("x", key, "3")
    assert unescape(escape(key)) == key
    assert resolve({"x": {key: [0, 1, 2, "here"]}}, join("x", key, 3)) == "here"


@pytest.mark.parametrize("pointer", ["foo", "#foo", "/a~", "/a~2", "/~~0"])
def test_what_is_no_pointer_is_refused(pointer: str) -> None:
    """
    Text without a leading slash, or with a bare tilde, is an error of its own type.
    """
    with pytest.raises(InvalidPointerError):
        split(pointer)


@pytest.mark.parametrize(
    ("pointer", "depth"),
    [
        ("/nobody", 0), ("/foo/2", 1), ("/foo/00", 1), ("/foo/01", 1), ("/foo/-", 1), ("/foo/-1", 1), ("/foo/+1", 1),
        ("/foo/１", 1), ("/foo/1_0", 1), ("/foo/ 1", 1), ("/foo/", 1), ("/foo/0/0", 2), ("/foo/" + "9" * 5000, 1),
    ],
)  # fmt: skip
def test_what_is_not_there_is_an_error(pointer: str, depth: int) -> None:
    """
    An index is digits without leading zeros and signs; everything that leads nowhere says how far it came.
    """
    with pytest.raises(NothingThereError) as refused:
        resolve(DOCUMENT, pointer)
    assert refused.value.depth == depth


def test_there_is_one_implementation() -> None:
    """
    Nobody else in the code escapes tokens of a pointer by hand.
    """
    wrote = re.compile(r"""replace\(\s*["']~[01]?["'],\s*["'](?:~|/)""")
    files = [path for folder in ("sdk", "mockserver") for path in (ROOT / folder).rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix() for path in files if wrote.search(path.read_text(encoding="utf-8"))}
    assert found == {"sdk/aegis_contracts/json_pointer.py"}
