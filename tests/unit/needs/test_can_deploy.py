"""
``aegis can-deploy`` and ``aegis diff --needs``: who would break, and on which field.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis_contracts import ContractError, bundled
from aegis_shell import main
from aegis_verifier.needs import needs_of, read_needs

OLD: dict[str, Any] = {
    "openapi": "3.1.1",
    "info": {"title": "Users", "version": "1"},
    "paths": {
        "/users/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "parameters": [{"name": "fields", "in": "query", "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "ok",
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["name", "age"],
                                    "properties": {
                                        "name": {"type": "string"},
                                        "age": {"type": "integer"},
                                        "tags": {"type": "array", "items": {"type": "object", "properties": {"t": {}}}},
                                    },
                                }
                            }
                        },
                    }
                },
            },
            "put": {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"type": "object", "properties": {"name": {"type": "string"}}}}
                    }
                },
                "responses": {"204": {"description": "done"}},
            },
        }
    },
}
NEEDS: dict[str, Any] = {
    "needs": 1,
    "consumer": "policy-service",
    "operations": [
        {
            "method": "GET",
            "path": "/users/{user}",
            "sends": {"/path/user": ["string"], "/query/fields": ["string"]},
            "reads": {"200": {"/body/age": ["integer"], "/body/tags/*/t": [], "/header/etag": ["string"]}},
        },
        {"method": "PUT", "path": "/users/{user}", "sends": {"/body/name": ["string"]}},
    ],
}


def deployed(tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Any, *more: str) -> tuple[int, list[Any]]:
    """
    Change the contract, ask whether it can be deployed, and return exit code and what is unmet.
    """
    new = json.loads(json.dumps(OLD))
    change(new["paths"]["/users/{id}"])
    (tmp_path / "old.yaml").write_text(yaml.safe_dump(OLD))
    (tmp_path / "new.yaml").write_text(yaml.safe_dump(new))
    (tmp_path / "needs").mkdir(exist_ok=True)
    (tmp_path / "needs" / "policy.json").write_text(json.dumps(NEEDS))
    arguments = ["--contract", str(tmp_path / "new.yaml"), "--needs", str(tmp_path / "needs"), "--format", "json"]
    code = main(["can-deploy", *arguments, *(more and ("--old", str(tmp_path / "old.yaml")))])
    return code, json.loads(capsys.readouterr().out)["unmet"]


def schema(item: Any) -> Any:
    return item["get"]["responses"]["200"]["content"]["application/json"]["schema"]


CHANGES: list[tuple[str, Any, list[tuple[str, str]]]] = [
    ("nothing", lambda item: None, []),
    ("a field that nobody reads", lambda item: schema(item)["properties"].pop("name"), []),
    ("a field that is read", lambda item: schema(item)["properties"].pop("age"), [("/body/age", "no longer given")]),
    ("a field in a list", lambda item: schema(item)["properties"].pop("tags"), [("/body/tags/*/t", "no longer given")]),
    ("a type", lambda item: schema(item)["properties"].update(age={"type": "string"}), [("/body/age", "string now")]),
    ("a header", lambda item: item["get"]["responses"]["200"].pop("headers"), [("/header/etag", "no longer a header")]),
    ("a parameter", lambda item: item["get"].pop("parameters"), [("/query/fields", "no longer taken")]),
    ("an operation", lambda item: item.pop("put"), [("", "no longer offered")]),
    (
        "a required parameter",
        lambda item: item["get"]["parameters"].append({"name": "v", "in": "query", "required": True, "schema": {}}),
        [("/query/v", "must be sent")],
    ),
    (
        "a required property",
        lambda item: item["put"]["requestBody"]["content"]["application/json"]["schema"].update(required=["mail"]),
        [("/body/mail", "must be sent")],
    ),
    (
        "a sent field",
        lambda item: item["put"]["requestBody"]["content"]["application/json"]["schema"]["properties"].clear(),
        [],
    ),
]


@pytest.mark.parametrize(("name", "change", "wanted"), CHANGES, ids=[name for name, *_ in CHANGES])
def test_who_would_break_and_on_which_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, change: Any, wanted: list[tuple[str, str]]
) -> None:
    """
    A consumer is named with the field that it uses and would not get; who does not use it is left alone.
    """
    code, found = deployed(tmp_path, capsys, change)
    if name == "a sent field":
        assert code == 0, "an object of no named properties takes what its sender likes"
        return
    assert code == (1 if wanted else 0), found
    assert [one["field"] for one in found] == [field for field, _ in wanted]
    assert all(message in one["message"] for one, (_, message) in zip(found, wanted, strict=True))
    assert all(one["consumer"] == "policy-service" for one in found)


def test_a_change_that_hits_is_told_with_the_version_that_is_deployed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    With the old version beside it, a narrower request is told to those who send it.
    """
    code, found = deployed(
        tmp_path,
        capsys,
        lambda item: item["put"]["requestBody"]["content"]["application/json"]["schema"]["properties"]["name"].update(
            maxLength=3
        ),
        "old",
    )
    assert code == 1
    assert [one["field"] for one in found] == ["/name"]


def test_events_that_somebody_reads_are_held(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    An event's field that is read must be in its schema, and the event must be published.
    """
    needs = {
        "needs": 1,
        "consumer": "mailer",
        "events": [
            {"name": "UserRegistered", "version": 1, "reads": {"/data/email": ["string"], "/data/nick": ["string"]}},
            {"name": "UserForgotten", "reads": {}},
            {"name": "UserDeleted", "version": 2},
        ],
    }
    (tmp_path / "needs.json").write_text(json.dumps(needs))
    arguments = ["--contract", str(bundled() / "schemas"), "--needs", str(tmp_path), "--format", "json"]
    assert main(["can-deploy", *arguments]) == 1
    found = json.loads(capsys.readouterr().out)["unmet"]
    assert [(one["subject"], one["field"]) for one in found] == [
        ("UserRegistered.v1", "/data/nick"),
        ("UserForgotten", ""),
        ("UserDeleted.v2", ""),
    ]


def test_what_is_no_needs_file_is_refused_with_its_place(tmp_path: Path) -> None:
    """
    A needs file that breaks its schema is refused, and the place is named.
    """
    with pytest.raises(ContractError) as refused:
        needs_of({"needs": 1, "consumer": "x", "operations": [{"method": "get", "path": "/a"}]}, "n.json")
    assert [finding.pointer for finding in refused.value.findings] == ["/operations/0/method"]
    with pytest.raises(ContractError, match="needs files"):
        read_needs(tmp_path)
