"""
What the mock takes the paths of a contract for can be looked at and corrected.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Site
from aegis_shell import main

from .styles import STYLES, document


def rows(name: str) -> list[dict[str, Any]]:
    """
    The table of a style.
    """
    return Site([load(document(STYLES[name]))]).resources()


@pytest.mark.parametrize(
    ("name", "member", "kind", "taken", "shown", "style"),
    [
        ("stripe", "id", "string", "", "", "item"),
        ("github", "number", "integer", "", "", "number"),
        ("shopify", "id", "integer", "product", "product", "item"),
        ("zendesk", "id", "integer", "ticket", "ticket", "number"),
        ("json:api", "id", "string", "data", "data", "number"),
        ("notion", "id", "uuid", "", "", "token"),
        ("square", "id", "string", "", "customer", "token"),
        ("jira", "key", "string", "", "", "offset"),
        ("kubernetes", "metadata.name", "string", "", "", "token"),
        ("odata", "UserName", "string", "", "", "offset"),
        ("alfresco", "id", "string", "", "entry", "offset"),
    ],
)
def test_a_resource_and_its_pages_are_plain_values(
    name: str, member: str, kind: str, taken: str, shown: str, style: str
) -> None:
    """
    The id, the envelopes and the style of pages are worked out from the document alone.
    """
    (row,) = rows(name)
    uses = {use["operation"]: use for use in row["operations"]}
    assert (row["id"]["member"], row["id"]["type"]) == (member, kind)
    assert (uses["make"].get("taken", ""), uses["read"].get("shown", "")) == (taken, shown)
    assert uses["list"]["page"]["style"] == style
    assert uses["change"]["action"] in {"update", "replace"}


def test_the_command_shows_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    ``aegis mock --resources`` prints the table for people, and with ``--log-format json`` for programs; then it ends.
    """
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(document(STYLES["shopify"])))
    assert main(["mock", "--resources", str(file)]) == 0
    text = capsys.readouterr().out
    assert "/admin/api/products/{product_id}.json  id: id (integer)" in text
    assert "pages by item: size query:limit, after query:since_id" in text
    assert main(["mock", "--resources", "--log-format", "json", str(file)]) == 0
    assert json.loads(capsys.readouterr().out)[0]["suffix"] == ".json"


def test_x_mock_corrects_what_was_inferred() -> None:
    """
    Envelope and pages can be said where the document's words do not tell them.
    """
    contract = document(STYLES["square"])
    listing = contract["paths"]["/v2/customers"]["get"]
    listing["parameters"].append({"name": "bookmark_of", "in": "query", "schema": {"type": "string"}})
    listing["x-mock"] = {"page": {"after": "bookmark_of", "next": "errors_of.next"}, "shown": "customers"}
    (row,) = Site([load(contract)]).resources()
    page = next(use["page"] for use in row["operations"] if use["operation"] == "list")
    assert (page["after"], page["tells"]) == ("query:bookmark_of", {"errors_of.next": "next token"})


@pytest.mark.parametrize("said", [{"pages": {}}, {"action": "make"}, {"page": {"cursor": "x"}}, {"taken": 5}])
def test_a_correction_that_can_have_no_effect_is_told(said: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """
    A word that x-mock does not know is named in the log, and nothing is inferred for the operation.
    """
    contract = document(STYLES["square"])
    contract["paths"]["/v2/customers"]["get"]["x-mock"] = said
    site = Site([load(contract)])
    site.respond("POST", b"/v2/customers", ((b"content-type", b"application/json"),), b"{}")
    site.respond("GET", b"/v2/customers")
    assert "x-mock" in caplog.text
