"""
What OpenAPI says of its objects beyond their fields: exclusions, styles by location, names; from the specification.
"""

from __future__ import annotations

from typing import Any

TOKEN = {"type": "string", "pattern": "^[0-9A-Za-z!#$%&'*+.^_`|~-]+$"}  # RFC 9110 §5.6.2
_FIXED = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY"]
_STATUS = "^[1-5](?:[0-9][0-9]|XX)$"


def _not_both(*names: str) -> dict[str, Any]:
    return {"not": {"required": list(names)}}


def _where(field: str, value: Any, then: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"required": [field], "properties": {field: {"const": value}}}, "then": then}


def _said(field: str) -> dict[str, Any]:
    return {"required": [field]}


def _styles(location: str, *styles: str) -> dict[str, Any]:
    return _where("in", location, {"properties": {"style": {"enum": list(styles)}}})


def _unlike(*names: str) -> dict[str, Any]:
    return {"properties": dict.fromkeys(names, False)}


_NEVER_BOTH_EXAMPLES = ("", _not_both("example", "examples"))
_SCHEMA_OR_CONTENT = ("", {"oneOf": [_said("schema"), _said("content")]})
# Style, explode and allowReserved say how a schema's value is written; content says it by its media type.
_CONTENT_ALONE = ("", {"if": _said("content"), "then": _unlike("style", "explode", "allowReserved")})
_BODY_ALONE = ("-3.0", {"if": _said("content"), "then": _unlike("example", "examples")})
_NESTED_ENCODING = ("3.2", {"if": _said("encoding"), "then": _unlike("prefixEncoding", "itemEncoding")})

_REQUIRED = {"required": ["required"], "properties": {"required": {"const": True}}}
_NOT_IN_QUERY = {"properties": {"in": {"not": {"const": "query"}}}}

# By object: the versions that a rule is in (since-until), and the rule.
RULES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "document": [("3.1", {"anyOf": [_said("paths"), _said("components"), _said("webhooks")]})],
    "license": [("3.1", _not_both("identifier", "url"))],
    "components": [
        (
            "",
            {
                "patternProperties": {
                    "^(?!x-)": {"type": "object", "propertyNames": {"pattern": "^[a-zA-Z0-9._-]+$"}},
                }
            },
        )
    ],
    "parameter": [
        _SCHEMA_OR_CONTENT,
        _CONTENT_ALONE,
        _BODY_ALONE,
        _NEVER_BOTH_EXAMPLES,
        ("-3.0", _where("in", "path", _REQUIRED)),
        ("3.1", {"if": _said("schema"), "then": _where("in", "path", _REQUIRED)}),
        ("", _styles("path", "simple", "label", "matrix")),
        ("", _styles("header", "simple")),
        ("", _styles("query", "form", "spaceDelimited", "pipeDelimited", "deepObject")),
        ("-3.1", _styles("cookie", "form")),
        ("3.2", _styles("cookie", "form", "cookie")),
        ("-3.1", {"properties": {"in": {"not": {"const": "querystring"}}}}),
        ("3.2", _where("in", "querystring", {"required": ["content"], **_unlike("schema", "style", "explode")})),
        ("3.1-3.1", {"if": _NOT_IN_QUERY, "then": _unlike("allowReserved")}),
        ("3.2", _where("in", "header", _unlike("allowReserved"))),
        ("3.2", _where("style", "cookie", _unlike("allowReserved"))),
        ("3.1", {"if": _NOT_IN_QUERY, "then": _unlike("allowEmptyValue")}),
        ("3.1", _where("in", "path", {"properties": {"name": {"pattern": "^[^{}]+$"}}})),
        ("3.2", _where("in", "header", {"properties": {"name": TOKEN}})),
    ],
    "header": [_SCHEMA_OR_CONTENT, _CONTENT_ALONE, _BODY_ALONE, _NEVER_BOTH_EXAMPLES],
    "media-type": [_NEVER_BOTH_EXAMPLES, _NESTED_ENCODING],
    "encoding": [_NESTED_ENCODING, ("3.2", {"properties": {"headers": {"propertyNames": TOKEN}}})],
    "response": [("3.2", {"properties": {"headers": {"propertyNames": TOKEN}}})],
    "example": [
        ("3.1", _not_both("value", "externalValue")),
        ("3.2", _not_both("value", "dataValue")),
        ("3.2", _not_both("value", "serializedValue")),
        ("3.2", _not_both("serializedValue", "externalValue")),
    ],
    "link": [
        ("-3.0", _not_both("operationRef", "operationId")),
        ("3.1", {"oneOf": [_said("operationRef"), _said("operationId")]}),
    ],
    "security-scheme": [
        ("", _where("type", "apiKey", {"required": ["name", "in"]})),
        ("", _where("type", "http", {"required": ["scheme"]})),
        ("", _where("type", "oauth2", {"required": ["flows"]})),
        ("", _where("type", "openIdConnect", {"required": ["openIdConnectUrl"]})),
    ],
    "xml": [("3.2", {"if": _said("nodeType"), "then": _unlike("attribute", "wrapped")})],
}

_IN_QUERY = {"type": "object", "required": ["in"], "properties": {"in": {"const": "query"}}}
_IN_QUERYSTRING = {"type": "object", "required": ["in"], "properties": {"in": {"const": "querystring"}}}
_REFERABLE_PARAMETER = {
    "if": {"type": "object", "required": ["$ref"]},
    "then": {"$ref": "#/$defs/reference"},
    "else": {"$ref": "#/$defs/parameter"},
}
_REFERABLE_RESPONSE = {
    "if": {"type": "object", "required": ["$ref"]},
    "then": {"$ref": "#/$defs/reference"},
    "else": {"$ref": "#/$defs/response"},
}
_CONTENT = {
    "type": "object",
    "additionalProperties": {
        "if": {"type": "object", "required": ["$ref"]},
        "then": {"$ref": "#/$defs/reference"},
        "else": {"$ref": "#/$defs/media-type"},
    },
}
# What is no object of named fields.
PARTS: dict[str, Any] = {
    "reference": {
        "type": "object",
        "required": ["$ref"],
        "properties": {name: {"type": "string"} for name in ("summary", "description")}
        | {"$ref": {"type": "string", "format": "uri-reference"}},
    },
    "paths": {
        "type": "object",
        "patternProperties": {"^/": {"$ref": "#/$defs/path-item"}, "^x-": True},
        "additionalProperties": False,
    },
    "further-operations": {
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/operation"},
        "propertyNames": {**TOKEN, "not": {"enum": _FIXED}},
    },
    "parameters": {
        "type": "array",
        "items": _REFERABLE_PARAMETER,
        "not": {"allOf": [{"contains": _IN_QUERY}, {"contains": _IN_QUERYSTRING}]},
        "contains": _IN_QUERYSTRING,
        "minContains": 0,
        "maxContains": 1,
    },
    "content": _CONTENT,
    "one-content": {**_CONTENT, "minProperties": 1, "maxProperties": 1},
    "responses": {
        "type": "object",
        "patternProperties": {_STATUS: _REFERABLE_RESPONSE, "^default$": _REFERABLE_RESPONSE, "^x-": True},
        "additionalProperties": False,
        "anyOf": [{"required": ["default"]}, {"not": {"patternProperties": {_STATUS: False}}}],
    },
    "callback": {
        "type": "object",
        "patternProperties": {"^x-": True},
        "additionalProperties": {
            "if": {"type": "object", "required": ["$ref"]},
            "then": {"$ref": "#/$defs/reference"},
            "else": {"$ref": "#/$defs/path-item"},
        },
    },
    "security": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    # The dialect of OpenAPI: JSON Schema 2020-12, and three keywords of its own in every schema, however deep.
    "schema": {
        "$id": "urn:aegis:openapi-dialect",
        "$dynamicAnchor": "meta",
        "$ref": "https://json-schema.org/draft/2020-12/schema",
        "type": ["object", "boolean"],
        "properties": {
            "discriminator": {"$ref": "urn:aegis:openapi-structure#/$defs/discriminator"},
            "xml": {"$ref": "urn:aegis:openapi-structure#/$defs/xml"},
            "externalDocs": {"$ref": "urn:aegis:openapi-structure#/$defs/external-docs"},
        },
    },
}
