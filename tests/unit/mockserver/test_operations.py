"""
What the core makes of one operation when it is compiled: its instances, its problems, its magic values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aegis_contracts import Operation, Violation, load
from aegis_contracts.exchange import Reading
from aegis_mockserver import Problem, Site
from aegis_mockserver.core.contents._prefer import Preference
from aegis_mockserver.core.operations import _problems
from aegis_mockserver.core.operations._conditions import Conditions
from aegis_mockserver.core.operations._instances import Instances, concrete, success_of

from .conftest import Client, header, pets, value

Make = Callable[..., Client]
JSON = "application/json"


def _operation(content: dict[str, Any], parameters: Any = (), **more: Any) -> Operation:
    responses = {"200": {"description": "d", "content": content}, **more.pop("responses", {})}
    paths = {"/things/{id}/parts": {"get": {"parameters": list(parameters), "responses": responses}}}
    info = {"title": "Things", "version": "1"}
    (operation,) = load({"openapi": "3.2.0", "info": info, "paths": paths, **more}).all_operations()
    return operation


def _instances(content: dict[str, Any]) -> tuple[Instances, list[str]]:
    said: list[str] = []
    return Instances(_operation(content), said.append), said


NUMBER = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}


def test_the_first_example_that_keeps_its_schema_is_the_instance() -> None:
    """
    One that has no value here, or breaks the schema, is passed by; those that follow are looked at.
    """
    examples = {
        "far": {"externalValue": "https://e.example/x"},
        "bad": {"value": {"n": "x"}},
        "good": {"value": {"n": 7}},
    }
    made, said = _instances({JSON: {"schema": NUMBER, "examples": examples}})
    assert made.instance(200, JSON) == {"n": 7}
    assert said == []
    assert made.fixed(200, JSON, "bad") is not None
    assert made.fixed(200, JSON, "none") is None


@pytest.mark.parametrize(("number", "others"), [(1, ""), (2, " and 1 more"), (3, " and 2 more")])
def test_examples_that_all_break_their_schema_are_told(number: int, others: str) -> None:
    """
    The answer is generated then, and the warning names the first of them and counts the rest.
    """
    examples = {f"bad{index}": {"value": {"n": "x"}} for index in range(number)}
    made, said = _instances({JSON: {"schema": NUMBER, "examples": examples}})
    assert isinstance(made.instance(200, JSON)["n"], int)
    (warning,) = said
    assert f"bad0{others} breaks its schema" in warning.replace("/value", "")


def test_an_instance_echoes_what_the_path_says_where_the_schema_allows_it() -> None:
    """
    A member of the name of a path parameter has its value; what would break the schema, or is no member, stays away.
    """
    made, _ = _instances({JSON: {"schema": NUMBER}})
    assert made.generated(200, JSON, "s", {"n": 42, "id": "a"}) == {"n": 42}
    assert made.generated(200, JSON, "s", {"n": "a"}) == made.generated(200, JSON, "s", {})


def test_an_example_that_nobody_can_judge_is_answered_and_told(make_client: Make) -> None:
    """
    Where the schema itself is broken its example is as good as any: it is sent, and said to be unchecked.
    """
    content = {JSON: {"schema": {"type": "nonsense"}, "example": {"n": 7}}}
    made, said = _instances(content)
    assert made.instance(200, JSON) == {"n": 7}
    (warning,) = said
    assert "answered unchecked" in warning
    paths = {"/one": {"get": {"responses": {"200": {"description": "d", "content": content}}}}}
    reply = make_client({**pets(), "paths": paths})("GET", "/one")
    assert (reply.status, value(reply)) == (200, {"n": 7})
    assert "schema is broken" in (header(reply, "x-mock-violation") or "")


def test_content_without_a_schema_is_empty_as_its_media_type_has_it() -> None:
    """
    An empty object where the media type has objects, else an empty text; a sequence has no items.
    """
    form = "application/x-www-form-urlencoded"
    made, _ = _instances({JSON: {}, "application/xml": {}, form: {}, "text/plain": {}, "application/jsonl": {}})
    found = [made.instance(200, name) for name in (JSON, "application/xml", form, "text/plain", "application/jsonl")]
    assert found == [{}, {}, {}, "", []]


def test_a_sequence_is_made_of_items_of_their_own() -> None:
    """
    Three different ones by ``itemSchema`` or by the schema of one; a schema of the whole list makes the list.
    """
    item = {"type": "integer", "minimum": 0}
    made, _ = _instances(
        {
            "application/jsonl": {"itemSchema": item},
            "text/event-stream": {"schema": item},
            "application/json-seq": {"schema": {"type": "array", "items": item, "minItems": 2, "maxItems": 2}},
        }
    )
    for name, number in (("application/jsonl", 3), ("text/event-stream", 3), ("application/json-seq", 2)):
        found = made.instance(200, name)
        assert len(found) == number
        assert all(isinstance(one, int) for one in found)
    assert len(set(made.instance(200, "application/jsonl"))) > 1


def test_what_nothing_can_be_generated_for_is_told() -> None:
    """
    The example answers then, though it breaks its schema; without one an empty object does; a sequence is empty.
    """
    never = {"allOf": [{"type": "integer"}, {"type": "string"}]}
    made, said = _instances({JSON: {"schema": never, "example": "x"}, "application/jsonl": {"itemSchema": never}})
    assert made.instance(200, JSON) == "x"
    assert made.instance(200, "application/jsonl") == []
    assert [("nothing can be generated" in text) for text in said] == [False, True, True]
    bare, _ = _instances({JSON: {"schema": never}})
    assert bare.instance(200, JSON) == {}


@pytest.mark.parametrize(
    ("responses", "status"),
    [
        (["404", "201", "200"], 200),
        (["default", "2XX"], 200),
        (["2XX", "204"], 204),
        (["3XX", "default"], 200),
        (["301", "404"], 301),
        (["3XX"], 300),
        (["100", "404"], 200),
        ([], 200),
    ],
)
def test_the_success_of_an_operation_is_the_lowest_that_it_declares(responses: list[str], status: int) -> None:
    """
    An exact status before a range, a success before ``default``, that before a redirection; else 200.
    """
    assert success_of(responses) == status


def test_ranges_stand_for_their_first_status() -> None:
    """
    ``4XX`` is 400, ``default`` a success.
    """
    assert [concrete(status) for status in ("418", "4XX", "5xx", "default")] == [418, 400, 500, 200]


def _refusal(value: Any) -> dict[str, Any]:
    return {"description": "d", "content": {"application/problem+json": {"examples": {"one": {"value": value}}}}}


PROBLEMS = {
    "x-problems": [
        {"code": "busy", "status": 409, "title": "Somebody else works on it"},
        {"code": "odd"},
        "nonsense",
        {"title": "no code"},
    ],
    "responses": {
        "422": _refusal({"code": "full", "title": "Full", "status": 422}),
        "507": _refusal({"code": "full", "title": "No room"}),
        "423": _refusal({"code": "shut", "title": "Shut"}),
        "4XX": _refusal({"code": "many", "title": "Many"}),
    },
}


@pytest.mark.parametrize(
    ("given", "status", "title"),
    [
        (Problem("busy"), 409, "Somebody else works on it"),
        (Problem("busy", 503), 503, "Somebody else works on it"),
        (Problem("busy", 503, title="Mine"), 503, "Mine"),
        (Problem("odd"), 400, "Odd"),
        (Problem("full"), 422, "Full"),
        (Problem("full", 507), 507, "No room"),
        (Problem("shut"), 423, "Shut"),
        (Problem("many"), 400, "Many"),
        (Problem("unauthorized"), 401, "Authentication is required"),
        (Problem("never_heard_of"), 400, "Never heard of"),
        (Problem("conflict", 418), 418, "The request conflicts with the present state"),
    ],
)
def test_a_problem_is_settled_by_the_contract_and_then_by_our_own_list(given: Problem, status: int, title: str) -> None:
    """
    ``x-problems``, then the operation's example for that status, then what everybody means by the code.
    """
    _problems.DeclaredProblems(_operation({}, **PROBLEMS)).settle(given)
    assert (given.status, given.title) == (status, title)


def test_the_example_of_a_problem_is_that_of_its_status() -> None:
    """
    Where the status is not declared there is none; without a status the first with the code.
    """
    declared = _problems.DeclaredProblems(_operation({}, **PROBLEMS))
    assert declared.example("full", 507)["title"] == "No room"
    assert declared.example("full", 0)["title"] == "Full"
    assert declared.example("full", 422)["title"] == "Full"
    assert declared.example("busy", 409) == {}
    assert _problems.DeclaredProblems(_operation({})).example("full", 0) == {}


def test_the_body_of_a_problem_is_bounded_and_says_what_is_known() -> None:
    """
    Two hundred violations and no more, texts and the path cut; members that say nothing are left out.
    """
    found = tuple(Violation("/body/" + "a" * 2000, "type", "m" * 2000, "s.yaml", "mend it") for _ in range(201))
    body = _problems.body(Problem("invalid_request", 400, "d", "t", violations=found), "/p" * 400, "urn:k")
    assert (body["type"], body["instance"], body["detail"]) == ("urn:k", "/p" * 250, "d")
    assert len(body["violations"]) == 200
    assert {name: len(text) for name, text in body["violations"][0].items()} == {
        "pointer": 1000, "rule": 4, "message": 1000, "mend": 7, "schema": 6,
    }  # fmt: skip
    bare = _problems.body(Problem("conflict", 409, title="t", violations=(Violation("/a", "r", "m"),)), "/p")
    assert bare["type"] == "about:blank"
    assert "detail" not in bare
    assert bare["violations"] == [{"pointer": "/a", "rule": "r", "message": "m"}]
    assert "violations" not in _problems.body(Problem("conflict", 409, title="t"), "/p")
    assert [_problems.counted(found[:n]) for n in (1, 2)] == ["1 rule is violated.", "2 rules are violated."]


def test_a_status_stands_for_its_first_code() -> None:
    """
    404 is ``not_found``, 400 ``invalid_request``: what only ``Prefer`` can cause is nobody's status.
    """
    assert (_problems.BY_STATUS[404], _problems.BY_STATUS[400]) == ("not_found", "invalid_request")


def _conditions(when: Any, place: str = "example") -> Conditions:
    said = {"x-mock-when": when}
    examples = {"one": {"value": 1}, "two": {"value": 2, **(said if place == "example" else {})}}
    parameter = {"name": "id", "in": "query", "schema": {"type": "string"}, **(said if place == "parameter" else {})}
    content = {JSON: {"schema": {"type": "integer"}, "examples": examples}}
    return Conditions(_operation(content, [parameter]))


def _reading(**query: Any) -> Reading:
    return Reading({}, query, {}, {}, None, False, "", False, [])


def test_a_magic_value_of_a_parameter_chooses_status_and_example() -> None:
    """
    A number is a status; an object says status, example or both; any other value chooses nothing.
    """
    rules = _conditions({"gone": 410, "old": {"code": 404, "example": "x"}, "named": {"example": "two"}}, "parameter")
    chosen = [rules.choose(_reading(id=name), {}) for name in ("gone", "old", "named", "other")]
    assert chosen == [
        Preference(410, by_header=False),
        Preference(404, "x", by_header=False),
        Preference(None, "two", by_header=False),
        None,
    ]
    assert rules
    assert not _conditions({}, "parameter")


def test_all_that_an_example_asks_for_must_hold() -> None:
    """
    Values, patterns and cookies; what is missing never holds.
    """
    whole = _conditions({"$request.query.id": {"pattern": "^a+$", "flags": "i"}})
    assert whole.choose(_reading(id="aaa"), {}) is None
    assert whole.choose(_reading(id={"pattern": "^a+$", "flags": "i"}), {}) is not None
    rules = _conditions({"$request.query.id": {"pattern": "^a+$"}, "$request.cookie.b": 7, "$request.header.X-C": "c"})
    fields = {"cookie": "a=1; b=7", "x-c": "c"}
    assert rules.choose(_reading(id="aaa"), fields) == Preference(200, "two", by_header=False)
    for reading, sent in (
        (_reading(id="ab"), fields),
        (_reading(), fields),
        (_reading(id="a"), {**fields, "cookie": "b=8"}),
        (_reading(id="a"), {"x-c": "c"}),
        (_reading(id="a"), {**fields, "x-c": "d"}),
    ):
        assert rules.choose(reading, sent) is None


@pytest.mark.parametrize("when", [{}, [], "text", {"$nonsense": 1}])
def test_a_condition_that_is_none_is_refused_when_the_contract_is_read(when: Any) -> None:
    """
    Nothing to hold, no object or no expression: said at once, not when a request comes.
    """
    with pytest.raises(ValueError, match=r"x-mock-when|expression"):
        _conditions(when)


def test_a_bare_path_belongs_to_the_only_contract_that_has_it(make_client: Make) -> None:
    """
    Two contracts with the same path below different bases are reached at their bases; a path of one alone is bare too.
    """
    from aegis_mockserver import Site

    def contract(title: str, base: str, name: str) -> Any:
        paths = {
            "/same": {"get": {"responses": {"200": {"description": "d", "content": {JSON: {"example": title}}}}}},
            f"/{name}": {"get": {"responses": {"200": {"description": "d", "content": {JSON: {"example": name}}}}}},
        }
        info = {"title": title, "version": "1"}
        return load({"openapi": "3.1.0", "info": info, "servers": [{"url": base}], "paths": paths}, name=title)

    call = Client(Site([contract("A", "/a", "one"), contract("B", "/b", "two")]))
    assert [value(call("GET", path)) for path in ("/a/same", "/b/same", "/one", "/two")] == ["A", "B", "one", "two"]
    assert call("GET", "/same").status == 404


def test_of_operations_of_one_shape_the_one_whose_path_fits_refuses(make_client: Make) -> None:
    """
    Where two paths differ by the name of an expression alone, a request that neither takes is refused by the one whose
    path it has.
    """
    needed = {"name": "q", "in": "query", "required": True, "schema": {"type": "integer"}}

    def taking(name: str, schema: Any) -> dict[str, Any]:
        parameters = [{"name": name, "in": "path", "required": True, "schema": schema}, needed]
        return {"get": {"operationId": name, "parameters": parameters, "responses": {"200": {"description": "ok"}}}}

    paths = {"/t/{number}": taking("number", {"type": "integer"}), "/t/{word}": taking("word", {"type": "string"})}
    call = make_client({**pets(), "paths": paths})
    for target in ("/t/7", "/t/seven"):
        call("GET", target)
    assert [exchange.operation for exchange in call.site.worlds.default.journal] == ["number", "word"]


@pytest.mark.parametrize("declared", [False, True])
@pytest.mark.parametrize("mount", ["", "/v1", "/a/b/c"])
def test_what_is_made_below_another_is_where_the_contract_is_mounted(
    make_client: Make, mount: str, declared: bool
) -> None:
    """
    ``Location`` leads to the item as its client reaches the contract, bare or below the path of its server, whether or
    not the contract declares it.
    """
    toy = {"type": "object", "properties": {"id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}}}
    shown = {"content": {"application/json": {"schema": toy}}}
    pet, toys = (
        [{"name": name, "in": "path", "required": True, "schema": {"type": "integer"}} for name in names]
        for names in (("pet",), ("pet", "toy"))
    )
    headers = {"headers": {"Location": {"schema": {"type": "string"}}}} if declared else {}
    created = {"description": "made", **headers, **shown}
    paths = {
        "/pets/{pet}/toys": {"parameters": pet, "post": {"requestBody": shown, "responses": {"201": created}}},
        "/pets/{pet}/toys/{toy}": {"parameters": toys, "get": {"responses": {"200": {"description": "ok", **shown}}}},
    }
    servers = [{"url": f"https://api.example.com{mount}"}]
    call = make_client({**pets(), "servers": servers, "paths": paths})
    reply = call("POST", f"{mount}/pets/7/toys", {"name": "ball"})
    location = header(reply, "location") or ""
    assert location == f"{mount}/pets/7/toys/{value(reply)['id']}"
    assert value(call("GET", location))["name"] == "ball"


def test_a_path_that_begins_as_the_mocks_own_is_the_contracts(make_client: Make) -> None:
    """
    ``/__mock__`` is the mock's own, and what is below it; a path that merely begins so is the contract's.
    """
    document = {**pets(), "paths": {"/__mock__ery": {"get": {"responses": {"204": {"description": "ok"}}}}}}
    call = make_client(document)
    assert call("GET", "/__mock__ery").status == 204
    assert call("GET", "/__mock__/health", host="localhost").status == 200


def test_an_operation_is_found_by_the_name_of_its_contract_and_its_own(call: Client) -> None:
    """
    An operation is found by its contract's title and its key, and by nothing else; of two that are called alike it is
    the first.
    """
    other = load({**pets(), "paths": {"/elsewhere": {"get": {"operationId": "getPet", "responses": {}}}}})
    site = Site([*call.site.contracts, other])
    found = site.find("Pets", "getPet")
    assert found is not None
    assert found.path == "/pets/{petId}"
    assert site.find("Pets", "getNothing") is site.find("Other", "getPet") is None
