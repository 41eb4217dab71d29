"""
The names of the specification's own code: each says where it went, and the page tells how that differs.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

import aegis_sdk
from aegis_sdk._seed import MOVED, PAGE

DOCS = Path(__file__).parents[3] / "docs" / "en"


@pytest.mark.parametrize("name", MOVED)
def test_an_old_name_says_where_it_went(name: str) -> None:
    """
    Importing an old name fails with the import to write instead, and that import works.
    """
    with pytest.raises(ImportError) as caught:
        exec(f"from aegis_sdk import {name}")
    home, _, ours = MOVED[name].rpartition(".")
    assert f"from {home} import {ours}" in str(caught.value)
    assert getattr(import_module(home), ours) is not None
    assert name not in aegis_sdk.__all__


def test_the_page_has_them_all() -> None:
    """
    The page of the old names has each of them with its new home.
    """
    page = (DOCS / PAGE).read_text("utf-8")
    for name, there in MOVED.items():
        assert f"`{name}`" in page
        assert f"`{there}`" in page


def test_other_names_are_unknown() -> None:
    """
    A name that never was is an AttributeError as ever.
    """
    assert not hasattr(aegis_sdk, "Nothing")
