"""
Claims about our own API contracts that no general linter can know: problem codes, numbers, sensitive fields.

Reads the files as plain YAML, so that a fault of our own contract reader cannot hide a fault of a contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from aegis_contracts.json_pointer import resolve

OPENAPI = Path(__file__).parents[2] / "openapi"
DOCUMENTS: dict[str, dict[str, Any]] = {
    path.name: yaml.safe_load(path.read_text("utf-8"))
    for path in sorted(OPENAPI.glob("*.yaml"))
    if "arazzo" not in path.name
}
APIS = [name for name in DOCUMENTS if name != "common.yaml"]
# Documents of other people's APIs name no profile: what their providers do not promise is not for us to write.
OURS = [name for name in APIS if DOCUMENTS[name].get("x-profile") == "aegis"]
WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
METHODS = {"get", "put", "post", "patch", "delete"}
SECRETS = {"password", "new_password", "token", "code", "message"}
PERSONAL = {
    "email",
    "phone_number",
    "business_registration_number",
    "representative_name",
    "to",
    "p_nm",
    "p_nm2",
    "b_no",
    "b_adr",
}


def followed(node: Any, document: str) -> tuple[Any, str]:
    """
    The node that a `$ref` means, and the document that holds it.
    """
    while "$ref" in node:
        file, _, pointer = str(node["$ref"]).partition("#")
        document = Path(file).name or document
        node = resolve(DOCUMENTS[document], pointer)
    return node, document


def operations(document: str) -> Iterator[dict[str, Any]]:
    for item in DOCUMENTS[document].get("paths", {}).values():
        yield from (operation for method, operation in item.items() if method in METHODS)


def responses(document: str) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """
    Operation, status, response and the document that holds it, for all that an API can answer.
    """
    for operation in operations(document):
        for status, node in operation["responses"].items():
            response, where = followed(node, document)
            yield operation["operationId"], status, response, where


def problems(document: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for operation_id, status, response, where in responses(document):
        for example in response.get("content", {}).get("application/problem+json", {}).get("examples", {}).values():
            yield operation_id, status, followed(example, where)[0]["value"]


def declared(document: str) -> set[tuple[str, int]]:
    return {(problem["code"], problem["status"]) for problem in DOCUMENTS[document].get("x-problems", [])}


@pytest.mark.parametrize("document", APIS)
def test_every_operation_says_what_it_is_and_where_its_rules_come_from(document: str) -> None:
    """
    An operation has a declared tag, a summary, a description that names its source, and its place in the SDK.
    """
    tags = {tag["name"] for tag in DOCUMENTS[document]["tags"]}
    for operation in operations(document):
        assert set(operation["tags"]) <= tags
        assert operation["summary"]
        assert "AEG-SPC-USER v6.0 §" in operation["description"]
        assert {"resource", "method"} <= set(operation["x-sdk"])


@pytest.mark.parametrize("document", APIS)
def test_every_answer_has_an_example(document: str) -> None:
    """
    Whatever status an operation can answer with, and whatever body it asks for, there is an example of it.
    """
    for operation in operations(document):
        for media_type in operation.get("requestBody", {}).get("content", {}).values():
            assert media_type["examples"], operation["operationId"]
    for operation_id, status, response, _ in responses(document):
        assert response.get("content") or status == "204", (operation_id, status)
        for media_type in response.get("content", {}).values():
            assert media_type["examples"], (operation_id, status)


@pytest.mark.parametrize("document", APIS)
def test_problem_codes_are_declared_with_their_status(document: str) -> None:
    """
    A problem's code is declared by the API or by the common document, for the status that it is answered with.
    """
    known = declared(document) | declared("common.yaml")
    for operation_id, status, problem in problems(document):
        assert str(problem["status"]) == status, operation_id
        assert (problem["code"], problem["status"]) in known, operation_id


@pytest.mark.parametrize("document", APIS)
def test_every_declared_problem_code_is_shown(document: str) -> None:
    """
    No code is declared that no answer shows; the registry's own shapes count as well.
    """
    shown = {(problem["code"], problem["status"]) for _, _, problem in problems(document)}
    for _, status, response, where in responses(document):
        for example in response.get("content", {}).get("application/json", {}).get("examples", {}).values():
            value = followed(example, where)[0]["value"]
            shown.add((str(value.get("status_code", value.get("code", ""))), int(status)))
    assert declared(document) <= shown


@pytest.mark.parametrize("document", OURS)
def test_headers_that_callers_act_on_are_promised(document: str) -> None:
    """
    429 and 503 always tell when to come back, and 201 where the new resource is.
    """
    for operation_id, status, response, _ in responses(document):
        headers = set(response.get("headers", {}))
        assert status not in {"429", "503"} or "Retry-After" in headers, (operation_id, status)
        assert status != "201" or "Location" in headers, operation_id


@pytest.mark.parametrize("document", sorted({*OURS} - {"registry.yaml"}))  # the registry's POSTs only ask
def test_every_post_takes_an_idempotency_key(document: str) -> None:
    """
    A POST that changes something takes an Idempotency-Key and can refuse it with 409 and 422.
    """
    for item in DOCUMENTS[document]["paths"].values():
        if "post" in item:
            names = {followed(parameter, document)[0]["name"] for parameter in item["post"].get("parameters", [])}
            assert "Idempotency-Key" in names, item["post"]["operationId"]
            assert {"409", "422"} <= set(item["post"]["responses"]), item["post"]["operationId"]


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_secrets_and_personal_data_are_marked(document: str) -> None:
    """
    A property that holds a secret or names a person is marked, so that nothing prints it.
    """
    for name, schema in DOCUMENTS[document]["components"]["schemas"].items():
        if name in {"Problem", "Violation", "PortalError"}:
            continue  # their code and message tell the kind of a refusal, never a value
        for field, node in schema.get("properties", {}).items():
            rule = followed(node, document)[0]
            rule = followed(rule["items"], document)[0] if rule.get("type") == "array" else rule
            if field in SECRETS:
                assert rule.get("x-sensitive") == "secret", (name, field)
            if field in PERSONAL:
                assert rule.get("x-sensitive") == "personal", (name, field)


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_business_numbers_have_a_right_check_digit(document: str) -> None:
    """
    Every business registration number that a contract shows satisfies the check sum, as real ones do.
    """
    for number in business_numbers(DOCUMENTS[document]):
        digits = [int(digit) for digit in number if digit != "-"]
        total = sum(digit * weight for digit, weight in zip(digits, WEIGHTS, strict=False)) + 5 * digits[8] // 10
        assert (10 - total % 10) % 10 == digits[9], number


def business_numbers(node: object, name: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, child in cast("dict[str, object]", node).items():
            yield from business_numbers(child, key)
    elif isinstance(node, list):
        for child in cast("list[object]", node):
            yield from business_numbers(child, name)
    elif isinstance(node, str) and re.fullmatch(
        r"[0-9]{10}" if name == "b_no" else r"[0-9]{3}-[0-9]{2}-[0-9]{5}", node
    ):
        yield node


def test_sms_texts_of_the_examples_have_the_type_and_length_that_is_told() -> None:
    """
    The example texts are as long in cp949 as their answers tell, and leave as SMS up to 90 bytes.
    """
    operation = next(operations("sms.yaml"))
    asked = operation["requestBody"]["content"]["application/json"]["examples"]
    answered = operation["responses"]["202"]["content"]["application/json"]["examples"]
    texts = [example["value"]["message"] for example in asked.values()]
    told = [example["value"] for example in answered.values()]
    assert [len(text.encode("cp949")) for text in texts] == [answer["bytes"] for answer in told]
    assert ["SMS" if answer["bytes"] <= 90 else "LMS" for answer in told] == [answer["type"] for answer in told]


def test_the_apis_of_aegis_name_the_profile() -> None:
    """
    What is ours is held to all of it.
    """
    assert sorted(OURS) == ["recommendation.yaml", "registry.yaml", "sms.yaml", "user.yaml"]
