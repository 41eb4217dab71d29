"""
Lists: sorted as they were asked to be, and complete whatever happens between two pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Client, pets, value

NAMES = ["Max", "Ada", "Zoe", "Bori", "Kim"]


@pytest.fixture
def sorting(make_client: Callable[..., Client]) -> Client:
    """
    Pets that can be sorted, five of them.
    """
    document = pets()
    parameters = document["paths"]["/pets"]["get"]["parameters"]
    for name in ("sort", "order"):
        parameters.append({"name": name, "in": "query", "schema": {"type": "string"}})
    call = make_client(document)
    for number, name in enumerate(NAMES):
        call("POST", "/pets", {"name": name, "tag": "even" if number % 2 == 0 else "odd"})
    return call


def _followed(call: Client, query: str, between: Callable[[list[Any]], None] = lambda _: None) -> list[str]:
    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        page = value(call("GET", f"/pets?limit=2{query}{cursor}"))
        seen += [pet["name"] for pet in page["data"]]
        if page["next_cursor"] is None:
            return seen
        between(page["data"])
        cursor = f"&cursor={page['next_cursor']}"
    raise AssertionError("the pages have no end")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("&sort=name", ["Ada", "Bori", "Kim", "Max", "Zoe"]),
        ("&sort=-name", ["Zoe", "Max", "Kim", "Bori", "Ada"]),
        ("&sort=name:desc", ["Zoe", "Max", "Kim", "Bori", "Ada"]),
        ("&sort=name&order=desc", ["Zoe", "Max", "Kim", "Bori", "Ada"]),
        ("&sort=tag,-name", ["Zoe", "Max", "Kim", "Bori", "Ada"]),
        ("&order=desc", NAMES[::-1]),
        ("&sort=nothing", NAMES),
    ],
)
def test_a_declared_sort_is_honoured_over_pages(sorting: Client, query: str, names: list[str]) -> None:
    """
    A declared sort orders the whole list, and its pages follow each other in that order, each item once.
    """
    assert _followed(sorting, query) == names


@pytest.mark.parametrize("query", ["", "&sort=name", "&tag=even"])
@pytest.mark.parametrize("which", [[0], [1], [0, 1]], ids=["first", "last", "whole page"])
def test_nobody_is_passed_over_when_others_go(sorting: Client, query: str, which: list[int]) -> None:
    """
    Items that are deleted between two pages make the client miss none of the others, and see none twice.
    """

    def delete(shown: list[Any]) -> None:
        for index in which:
            sorting("DELETE", f"/pets/{shown[index]['id']}")

    wanted = [name for name in NAMES if query != "&tag=even" or NAMES.index(name) % 2 == 0]
    assert _followed(sorting, query, delete) == (sorted(wanted) if "sort" in query else wanted)
