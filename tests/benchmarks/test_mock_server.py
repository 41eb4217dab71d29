"""
What the mock server costs: figures for the reader, floors far below the goals for the build.

Ratios to a bare uvicorn application in the same run; see ``mock_load.py`` for how they are taken.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import mock_documents
import mock_load


def lacks_wrk() -> str:
    """
    Say why the load cannot be measured here.
    """
    return "" if shutil.which("wrk") else "wrk is not installed"


@pytest.mark.skipif(bool(lacks_wrk()), reason=lacks_wrk() or "-")
@pytest.mark.slow
def test_load_beside_bare_uvicorn(capsys: pytest.CaptureFixture[str]) -> None:
    """
    GET and POSTs keep up with a bare uvicorn application, with validation, journal and access log on.
    """
    figures = mock_load.measure(1, 3)
    with capsys.disabled():
        for name, value in figures.items():
            print(f"  {name:<42} {value}")
    assert figures["articles: GET cpu"] > 0.4


@pytest.mark.parametrize("operations", [10, 1_000])
def test_first_answer_of_big_documents(benchmark: Any, tmp_path: Path, operations: int) -> None:
    """
    The first answer costs what the operation costs, not what the document does.
    """
    from aegis_contracts import load
    from aegis_mockserver import Site

    path = tmp_path / "big.json"
    path.write_text(json.dumps(mock_documents.big(operations, operations / 100)))

    def first() -> int:
        return Site([load(path)]).respond("GET", b"/things1/1").status

    assert benchmark.pedantic(first, rounds=3) == 200


@pytest.mark.parametrize("items", [1, 10_000])
def test_item_among_many(benchmark: Any, items: int) -> None:
    """
    Reading an item costs the same among ten thousand as alone.
    """
    from aegis_contracts import load
    from aegis_mockserver import Site

    site = Site([load(mock_documents.small())])
    store = site.worlds.default.store("/articles")
    for number in range(1, items + 1):
        store.put(str(number), {**mock_documents.article(number), "body": "short", "comments": []})
    headers = ((b"host", b"x"),)
    reply = benchmark(lambda: site.respond("GET", b"/articles/1", headers))
    assert reply.status == 200
