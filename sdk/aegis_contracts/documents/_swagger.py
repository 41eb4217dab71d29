"""
Swagger 2.0 as OpenAPI 3.0: what the older version says in its own words, said in the newer one's.

A tool that only serves or reads a document converts it; ``aegis lint`` refuses it, because what is kept should be new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from aegis_contracts.json_pointer import unescape

Node = dict[str, Any]
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_SCHEMA = (
    "type", "format", "items", "default", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
    "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "enum", "multipleOf", "x-nullable",
)  # fmt: skip
_REFERENCES = {"#/definitions/": "#/components/schemas/"}
_STYLES = {
    "multi": {"style": "form", "explode": True},
    "csv": {"style": "form", "explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def converted(document: Mapping[str, Any]) -> Node:
    """
    Write a Swagger 2.0 document as OpenAPI 3.0.3.
    """
    return _Conversion(document).document()


class _Conversion:
    def __init__(self, old: Mapping[str, Any]) -> None:
        self._old = old

    def document(self) -> Node:
        old = self._old
        kept = {key: value for key, value in old.items() if key in {"tags", "externalDocs", "security"} or _ours(key)}
        host, base = str(old.get("host", "")), str(old.get("basePath", "")).rstrip("/")
        schemes = [str(scheme) for scheme in old.get("schemes", ())] or ["https"]
        servers = [{"url": f"{scheme}://{host}{base}" if host else base or "/"} for scheme in schemes]
        given: Any = old.get("paths")
        paths = {path: self._item(item) for path, item in given.items()} if isinstance(given, dict) else given
        return {
            "openapi": "3.0.3",
            **{key: old[key] for key in ("info",) if key in old},
            "servers": list({server["url"]: server for server in servers}.values()),
            **({"paths": paths} if "paths" in old else {}),
            "components": {
                "schemas": {name: _schema(node) for name, node in (old.get("definitions") or {}).items()},
                "securitySchemes": {n: _scheme(node) for n, node in (old.get("securityDefinitions") or {}).items()},
            },
            **kept,
        }

    def _item(self, item: Any) -> Any:
        if not isinstance(item, dict):
            return item
        node = cast("Node", item)
        shared = [self._resolved(parameter) for parameter in node.get("parameters", ())]
        found = {key: value for key, value in node.items() if key not in {*_METHODS, "parameters"}}
        for method in _METHODS:
            if isinstance(node.get(method), dict):
                found[method] = self._operation(node[method], shared)
        return found

    def _operation(self, node: Node, shared: list[Node]) -> Node:
        own = [self._resolved(parameter) for parameter in node.get("parameters", ())]
        named = {(p.get("in"), p.get("name")) for p in own}
        parameters = [*(p for p in shared if (p.get("in"), p.get("name")) not in named), *own]
        consumes = node.get("consumes", self._old.get("consumes")) or ()
        produces = node.get("produces", self._old.get("produces")) or ("application/json",)
        moved = {"parameters", "consumes", "produces", "responses", "schemes"}
        found = {key: value for key, value in node.items() if key not in moved}
        found["parameters"] = [_parameter(p) for p in parameters if p.get("in") not in {"body", "formData"}]
        body = _body(parameters, consumes)
        if body:
            found["requestBody"] = body
        responses = node.get("responses") or {}
        found["responses"] = {str(s): self._response(self._resolved(r), produces) for s, r in responses.items()}
        return found

    def _resolved(self, node: Any) -> Node:
        if not isinstance(node, dict):
            return {}
        reference = node.get("$ref")
        if not isinstance(reference, str) or not reference.startswith(("#/parameters/", "#/responses/")):
            return cast("Node", node)
        _, folder, name = reference.split("/", 2)
        found = (self._old.get(folder) or {}).get(unescape(name))
        return cast("Node", found) if isinstance(found, dict) else {"$ref": reference}

    @staticmethod
    def _response(node: Node, produces: Iterable[str]) -> Node:
        if "$ref" in node:
            return node
        found = {key: value for key, value in node.items() if key not in {"schema", "examples", "headers"}}
        found.setdefault("description", "")
        given: Any = node.get("examples")
        examples = dict(cast("Node", given)) if isinstance(given, dict) else {}
        content: Node = {}
        if "schema" in node:
            schema = _schema(node["schema"])
            content = {media_type: {"schema": schema} for media_type in dict.fromkeys([*produces, *examples])}
        every = examples.pop("*/*", None) if content.keys() - {"*/*"} else None
        if every is not None:
            content.pop("*/*", None)
            examples = dict.fromkeys(content, every) | examples
        for media_type, example in examples.items():
            content.setdefault(media_type, {})["example"] = example
        if content:
            found["content"] = content
        if isinstance(node.get("headers"), dict):
            found["headers"] = {name: _parameter(header) for name, header in node["headers"].items()}
        return found


def _ours(key: str) -> bool:
    return key.startswith("x-")


def _parameter(node: Node) -> Node:
    found = {key: value for key, value in node.items() if key not in {*_SCHEMA, "collectionFormat", "schema"}}
    if "$ref" in node:
        return found
    if node.get("type") == "array":
        style = _STYLES.get(node.get("collectionFormat", "csv"), _STYLES["csv"])
        if node.get("in") == "query":
            found |= style
    found["schema"] = _schema({key: node[key] for key in _SCHEMA if key in node})
    if found.get("in") != "path" and found.pop("allowEmptyValue", False):
        found["allowEmptyValue"] = True
    return found


def _body(parameters: list[Node], consumes: Iterable[str]) -> Node | None:
    taken = list(consumes)
    for parameter in parameters:
        if parameter.get("in") == "body":
            schema = _schema(parameter.get("schema", {}))
            described: Node = {key: parameter[key] for key in ("description", "required") if key in parameter}
            return {**described, "content": {m: {"schema": schema} for m in taken or ["application/json"]}}
    fields = [parameter for parameter in parameters if parameter.get("in") == "formData"]
    if not fields:
        return None
    files = any(field.get("type") == "file" for field in fields)
    properties = {str(field.get("name")): _field(field) for field in fields}
    required = [str(field.get("name")) for field in fields if field.get("required") is True]
    schema = {"type": "object", "properties": properties, **({"required": required} if required else {})}
    encoding = {
        str(field.get("name")): _STYLES["csv"]
        for field in fields
        if field.get("type") == "array" and field.get("collectionFormat", "csv") == "csv"
    }
    media = {"schema": schema, **({"encoding": encoding} if encoding else {})}
    media_types = [m for m in taken if m in _FORMS] or [_FORMS[1] if files else _FORMS[0]]
    return {"required": bool(required), "content": dict.fromkeys(media_types, media)}


def _field(field: Node) -> Any:
    schema = {key: value for key, value in field.items() if key in {*_SCHEMA, "description", "example"}}
    if schema.get("type") == "string" and not field.get("allowEmptyValue", False) and "enum" not in schema:
        schema.setdefault("minLength", 1)  # Swagger 2.0: allowEmptyValue is false where nothing is said
    return _schema(schema)


def _schema(node: Any) -> Any:
    """
    Convert a schema: references, files, discriminators, nullability.
    """
    if isinstance(node, list):
        return [_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    found: Node = {}
    for key, value in cast("Node", node).items():
        match key:
            case "$ref" if isinstance(value, str):
                found[key] = next(
                    (new + value[len(old) :] for old, new in _REFERENCES.items() if value.startswith(old)), value
                )
            case "discriminator" if isinstance(value, str):
                found[key] = {"propertyName": value}
            case "x-nullable":
                found["nullable"] = value is True
            case "properties" if isinstance(value, dict):
                found[key] = {name: _schema(inner) for name, inner in cast("Node", value).items()}
            case "default" | "enum" | "example":
                found[key] = value
            case _ if key.startswith("x-"):
                found[key] = value
            case _:
                found[key] = _schema(value)
    if found.get("type") == "file":
        found |= {"type": "string", "format": "binary"}
    return found


def _scheme(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    old = cast("Node", node)
    described = {key: value for key, value in old.items() if key == "description" or _ours(key)}
    match old.get("type"):
        case "basic":
            return {"type": "http", "scheme": "basic", **described}
        case "oauth2":
            names = {"application": "clientCredentials", "accessCode": "authorizationCode"}
            flow: Node = {key: old[key] for key in ("authorizationUrl", "tokenUrl") if key in old}
            flow["scopes"] = old.get("scopes", {})
            kind = str(old.get("flow", "implicit"))
            return {"type": "oauth2", "flows": {names.get(kind, kind): flow}, **described}
        case _:
            return old
