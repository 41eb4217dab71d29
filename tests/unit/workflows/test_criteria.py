"""
Criteria: simple conditions, regular expressions, JSONPath and XPath, each by its own rules.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import Place
from aegis_contracts.arazzo import ConditionError, Part, condition
from aegis_verifier.workflows import Scope, SelectorError, Unsupported, put, select, truth, unmet_criteria
from aegis_verifier.workflows.expressions import _evaluation
from tests.unit.workflows.test_expressions import CONTEXT, DESCRIPTION

HOLDS = {
    "$statusCode == 201": True,
    "$statusCode==201": True,
    "$statusCode != 200": True,
    "$statusCode == '201'": True,
    "$statusCode >= 200 && $statusCode < 300": True,
    "$statusCode > 201 || $inputs.name == 'rex'": True,
    "$inputs.name == 'REX'": True,
    "$inputs.name != 'rex'": False,
    "!($inputs.name == 'x')": True,
    "!$response.body#/yes": False,
    "$response.body#/yes": True,
    "$response.body#/yes == true": True,
    "$response.body#/none": False,
    "$response.body#/none == null": True,
    "$response.body#/nowhere == null": True,
    "$response.body#/yes != null": True,
    "null == false": False,
    "null < 1": False,
    "'10' > '9'": True,
    "'abc' < 'ABD'": True,
    "'it''s' == 'IT''S'": True,
    "-1.5e1 < 0": True,
    "$inputs.deep.list[1] == 2": True,
    "$response.body.items[0].id == 7 && ($inputs.name == 'a' || true)": True,
    "true && false || true": True,
    "$steps.find-pet.outputs.pet#/id == $response.body#/items/0/id": True,
    "$inputs.deep > 1": False,
    "0": True,
}


@pytest.mark.parametrize("text", HOLDS)
def test_simple_condition(text: str) -> None:
    """
    Conditions compare loosely as the specification says: no case, numbers in strings, null only itself.
    """
    assert truth(condition(text), CONTEXT) is HOLDS[text]


NESTED = "(" * 100 + "true" + ")" * 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        "==",
        "$statusCode ==",
        "$statusCode = 200",
        "(true",
        "true)",
        "a == b",
        "$nothing == 1",
        "$inputs.a[",
        "1 2",
        NESTED,
    ],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    """
    What cannot be read is refused with the place where reading ended, however deep it is nested.
    """
    with pytest.raises(ConditionError):
        condition(text)


XML = "<r xmlns:p='urn:p'><pets><pet n='1'>Rex</pet><p:pet/></pets></r>"


def criterion(**fields: Any) -> Part:
    return Part(DESCRIPTION, fields, Place(DESCRIPTION.root.uri, "/c"))


CRITERIA: list[tuple[dict[str, Any], bool]] = [
    ({"context": "$statusCode", "condition": r"^2\d{2}$", "type": "regex"}, True),
    ({"context": "$statusCode", "condition": "^4", "type": "regex"}, False),
    ({"context": "$inputs.name", "condition": "^({$inputs.name})$", "type": "regex"}, True),
    ({"context": "$inputs.nothing", "condition": ".*", "type": "regex"}, False),
    ({"context": "$inputs.name", "condition": "[", "type": "regex"}, False),
    ({"context": "$response.body", "condition": "$.items[?@.id == 7]", "type": "jsonpath"}, True),
    ({"context": "$response.body", "condition": "$.items[?@.id == {$inputs.with.dot}]", "type": "jsonpath"}, False),
    ({"context": "$response.body", "condition": "$.items[?count(@.*) > 2]", "type": "jsonpath"}, True),
    ({"context": "$response.body", "condition": "$[", "type": "jsonpath"}, False),
    ({"context": "$inputs.name", "condition": "$.a", "type": "jsonpath"}, False),
    ({"context": "$inputs.xml", "condition": "count(/r/pets/*) > 1", "type": "xpath"}, True),
    ({"context": "$inputs.xml", "condition": "/r/pets/pet[@n='1']", "type": "xpath"}, True),
    ({"context": "$inputs.xml", "condition": "/r/pets/p:pet", "type": {"type": "xpath", "version": "xpath-10"}}, True),
    ({"context": "$inputs.xml", "condition": "/r/none", "type": "xpath"}, False),
    ({"context": "$inputs.xml", "condition": "///", "type": "xpath"}, False),
    ({"context": "$inputs.name", "condition": "/r", "type": "xpath"}, False),
]


@pytest.mark.parametrize(("fields", "wanted"), CRITERIA)
def test_criterion(fields: dict[str, Any], wanted: bool) -> None:
    """
    A condition that cannot be evaluated fails and says why; it never ends the run.
    """
    scope = Scope(DESCRIPTION, {**CONTEXT.inputs, "xml": XML}, exchange=CONTEXT.exchange)
    found = unmet_criteria([criterion(**fields)], scope)
    assert (not found) is wanted
    assert all(one.message and one.schema.endswith("#/c") for one in found)


@pytest.mark.parametrize(
    "fields",
    [
        {
            "context": "$inputs.deep",
            "condition": "$.list[(@.length-1)]",
            "type": {"type": "jsonpath", "version": "draft-goessner-dispatch-jsonpath-00"},
        },
        {"context": "$inputs.deep", "condition": "x", "type": "cssselector"},
    ],
)
def test_what_is_not_run_is_said(fields: dict[str, Any]) -> None:
    """
    A language that is not run here is no failure of the provider.
    """
    with pytest.raises(Unsupported) as told:
        unmet_criteria([criterion(**fields)], CONTEXT)
    assert told.value.rule


DEEP = "<r>" + "<a>" * 200 + "</a>" * 200 + "</r>"
WIDE = {"l": [{"n": n, "s": "a" * 40 + "!"} for n in range(400)]}
ENDLESS: list[tuple[str, str, Any]] = [
    ("xpath", "count(for $a in 1 to 100000, $b in 1 to 100000 return $a) > 1", "<r/>"),
    ("xpath", "matches('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '^(a|aa)+$')", "<r/>"),
    ("xpath", "some $a in //a, $b in //a, $c in //a, $d in //a satisfies $a = 'x'", DEEP),
    ("jsonpath", "$.l[?match(@.s, '(a|aa)+')]", WIDE),
    ("jsonpath", "$.l[?$.l[?$.l[?@.n == 401]]]", WIDE),
    ("jsonpath", "$" + "[*,*]" * 40, [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]),
]


@pytest.mark.parametrize(("language", "expression", "value"), ENDLESS)
def test_an_expression_has_its_time(
    language: str, expression: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What would take for ever is ended, and is a condition that cannot be evaluated; others are evaluated after it.
    """
    monkeypatch.setattr(_evaluation, "SECONDS", 1.0)
    version = "xpath-31" if language == "xpath" else "rfc9535"
    with pytest.raises(SelectorError, match=r"takes longer than|too much memory"):
        select(language, version, expression, value)
    monkeypatch.undo()
    assert select("xpath", "xpath-31", "count(/r)", "<r/>") == 1
    assert select("jsonpath", "rfc9535", "$..n", {"l": [{"n": 1}]}) == [1]


def test_a_regular_expression_takes_linear_time() -> None:
    """
    A pattern that other engines try for ever is judged at once.
    """
    fields = {"context": "$inputs.long", "condition": "^(a|aa|a*)+$", "type": "regex"}
    scope = Scope(DESCRIPTION, {"long": "a" * 200_000 + "!"})
    assert unmet_criteria([criterion(**fields)], scope)


@pytest.mark.parametrize(
    "expression",
    ["unparsed-text('file://{file}')", "doc('{file}')", "json-doc('file://{file}')", "environment-variable('HOME')"],
)
def test_an_expression_reads_nothing_but_its_value(expression: str, tmp_path: Path) -> None:
    """
    XPath's functions that read files, the web or the environment give nothing.
    """
    file = tmp_path / "secret.json"
    file.write_text('"secret"')
    try:
        found = select("xpath", "xpath-31", expression.format(file=file), "<r/>")
    except SelectorError as error:
        found = str(error)
    assert found == [] or "secret" not in str(found).replace("secret.json", "")


def test_a_document_type_is_not_read() -> None:
    """
    XML that declares entities is refused before a parser sees it.
    """
    with pytest.raises(SelectorError):
        select("xpath", "xpath-31", "/a", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")


REPLACED: list[tuple[str, str, Any, Any]] = [
    ("/a", "jsonpointer", {"a": 1}, {"a": "v"}),
    ("/new", "jsonpointer", {"a": 1}, {"a": 1, "new": "v"}),
    ("/l/-", "jsonpointer", {"l": [1]}, {"l": [1, "v"]}),
    ("/l/0/b", "jsonpointer", {"l": [{}]}, {"l": [{"b": "v"}]}),
    ("", "jsonpointer", {"a": 1}, "v"),
    (
        "$.l[?@.k == 2].n",
        "jsonpath",
        {"l": [{"k": 1, "n": 0}, {"k": 2, "n": 0}]},
        {"l": [{"k": 1, "n": 0}, {"k": 2, "n": "v"}]},
    ),
]


@pytest.mark.parametrize(("target", "language", "payload", "wanted"), REPLACED)
def test_replacement(target: str, language: str, payload: Any, wanted: Any) -> None:
    """
    A value is set where the target names a place, and the document's own payload stays as it was.
    """
    before = repr(payload)
    assert put(target, language, "rfc9535", "v", payload) == wanted
    assert repr(payload) == before


@pytest.mark.parametrize("target", ["/x/y", "/l/7", "a"])
def test_replacement_of_nothing_is_refused(target: str) -> None:
    """
    A target that names no place is told.
    """
    with pytest.raises(SelectorError):
        put(target, "jsonpointer", "rfc6901", "v", {"l": [1]})
