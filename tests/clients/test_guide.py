"""
The guide to other companies' APIs: each of its samples runs as it stands, and prints what the page says.
"""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from aegis_mockserver import Site
from aegis_mockserver.pytest_plugin import MockServer
from tests.clients.calls import matrix
from tests.clients.conftest import contract, lacking

PAGES = Path(__file__).parents[2] / "docs"
SAMPLE = re.compile(
    r"<!-- sample: skip nox -s clients runs it with (\w+)\.yaml -->\n```python\n(.*?)```\n"
    r"(?:\n<!-- output -->\n```text\n(.*?)```)?",
    re.DOTALL,
)
SAMPLES = [
    (language, *found)
    for language in ("en", "ko")
    for found in SAMPLE.findall((PAGES / language / "guides" / "mock-other-apis.md").read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("language", "name", "text", "output"), SAMPLES, ids=[f"{s[0]}-{s[1]}" for s in SAMPLES])
def test_a_sample_prints_what_the_page_says(language: str, name: str, text: str, output: str) -> None:
    """
    The samples of the guide run against a mock of the document that they name.
    """
    client = next(row for row in matrix() if (row.document, row.runtime) == (name, "python"))
    if reason := lacking(client):
        pytest.skip(reason)
    with MockServer(Site([contract(name)])) as server, redirect_stdout(io.StringIO()) as printed:
        exec(compile(text.replace("http://127.0.0.1:4010", server.url), f"{language}/{name}", "exec"), {})
    assert output in {"", printed.getvalue()}
