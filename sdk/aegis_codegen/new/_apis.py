"""
A new API: an OpenAPI document with one resource and the refusals that the documents beside it share.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from aegis_codegen.new._operations import Neighbours, held, operation
from aegis_codegen.new._text import dumped
from aegis_shell import CommandError

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_PROBLEM = {
    "type": "object",
    "description": "A refusal (RFC 9457).",
    "required": ["title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}


def new_api(folder: Path, name: str, fields: Sequence[str], *, server: str = "", source: str = "") -> dict[Path, str]:
    """
    Make an OpenAPI document that reads one item by its id: path → text of the file to write.

    Args:
        folder: where the documents are; what they share is referred to.
        name: of the resource, in singular.
        fields: of an item.
        server: its address; left out, a name on the others' domain.
        source: where its rules come from; needed where the others say ``x-profile: aegis``.

    Raises:
        CommandError: the name is taken or is none, or what was made does not hold.
    """
    if not _NAME.fullmatch(name):
        raise CommandError(f"{name} is no name of a resource; write it like invoice or tax_bill")
    target = folder / f"{name}.yaml"
    if target.exists():
        raise CommandError(f"{target} is there; aegis new operation adds to it")
    others = _others(folder)
    profiled = any(document.get("x-profile") == "aegis" for document in others)
    if profiled and not source:
        raise CommandError("say where the rules come from: --source 'AEG-SPC-USER v6.0 §2'")
    title = name.replace("_", " ").title()
    word = name.replace("_", " ")
    camel = title.replace(" ", "")
    path = f"/api/v1/{name.replace('_', '-')}s/{{{name}_id}}"
    skeleton: dict[str, Any] = {"openapi": "3.1.1", **({"x-profile": "aegis"} if profiled else {})}
    skeleton["info"] = {
        "title": f"{title} API",
        "version": "1.0.0",
        "description": f"Reads each {word} by its id.{f' Source: {source}.' if source else ''}",
    }
    skeleton["servers"] = [{"url": server or _server(others, name)}]
    if any("x-sdk" in document for document in others) or not others:
        prefix = "AEGIS_" if others else ""
        skeleton["x-sdk"] = {
            "package": name,
            "client": f"{camel}Client",
            "env": f"{prefix}{name.upper()}",
            "error": f"{camel}Error",
        }
    skeleton["x-problems"] = [{"code": f"{name}_not_found", "status": 404, "title": f"There is no such {word}"}]
    skeleton["tags"] = [{"name": f"{name.replace('_', '-')}s", "description": f"Read each {word}."}]
    skeleton["security"] = [{"bearerAuth": []}]
    near = Neighbours({**skeleton, "paths": _shared(others)}, target)
    node = operation(
        near, f"get{camel}", "get", path, (), [f"{name}_id:string", *fields], "200", f"Read the {word}", source
    )
    node["responses"] = {**node["responses"], "404": _missing(folder, name, word)}
    node["responses"] = dict(sorted(node["responses"].items()))
    parameters = near.path_parameters(path)
    item = node["responses"]["200"]["content"]["application/json"]
    schema, item["schema"] = item["schema"], {"$ref": f"#/components/schemas/{camel}"}
    schemas = {
        camel: {"description": f"The {word}.", **schema},
        **({} if (folder / "common.yaml").is_file() else {"Problem": _PROBLEM}),
    }
    skeleton["paths"] = {path: {"parameters": parameters, "get": node}}
    skeleton["components"] = {
        "securitySchemes": {"bearerAuth": {"type": "http", "scheme": "bearer"}},
        "schemas": schemas,
    }
    folder.mkdir(parents=True, exist_ok=True)
    return {
        target: held(target, "\n".join(dumped({key: value}) for key, value in skeleton.items()), f"the {title} API")
    }


def _others(folder: Path) -> list[dict[str, Any]]:
    read = (yaml.safe_load(path.read_text("utf-8")) for path in sorted(folder.glob("*.yaml")))
    return [document for document in read if isinstance(document, dict) and document.get("paths")]


def _server(others: Sequence[dict[str, Any]], name: str) -> str:
    urls = [str(server["url"]) for document in others for server in document.get("servers", ())]
    hosts = [url.partition("://")[2].partition("/")[0] for url in urls]
    domains = [host.partition(".")[2] for host in hosts if host.count(".") > 1]
    return f"https://{name.replace('_', '-')}.{domains[-1] if domains else 'example.com'}"


def _shared(others: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """
    Operations whose refusals are those of a document that all share: only such references mean the same here.
    """
    shared: dict[str, Any] = {}
    for document in others:
        for path, item in document["paths"].items():
            node = item.get("get")
            if node is None:
                continue
            kept = {
                status: each for status, each in node["responses"].items() if "common.yaml" in str(each.get("$ref", ""))
            }
            kept |= {status: each for status, each in node["responses"].items() if str(status)[0] == "2"}
            shared[path] = {"get": {**node, "responses": kept}}
    return shared


def _missing(folder: Path, name: str, word: str) -> dict[str, Any]:
    shared = (folder / "common.yaml").is_file()
    problem = "./common.yaml#/components/schemas/Problem" if shared else "#/components/schemas/Problem"
    value: dict[str, Any] = {
        "type": f"https://aegis.example.com/problems/{name}_not_found" if shared else "about:blank",
        "title": f"There is no such {word}",
        "status": 404,
        "code": f"{name}_not_found",
    }
    if shared:
        value |= {"detail": "Nothing has this id.", "request_id": "01998b1e-6f0a-7c3d-8e21-5a9d0c4b7f36"}
    examples = {f"{name}_not_found": {"value": value}}
    answer: dict[str, Any] = {"description": f"There is no such {word}."}
    if shared:
        answer["headers"] = {"X-Request-Id": {"$ref": "./common.yaml#/components/headers/XRequestId"}}
    return {**answer, "content": {"application/problem+json": {"schema": {"$ref": problem}, "examples": examples}}}
