"""
The objects of OpenAPI 3.0, 3.1 and 3.2 as data, written from the specification, and the JSON Schema made of them.

A field is written ``name!`` where it is required, and ``name@3.1`` (since) or ``name@-3.0`` (until) where only some
versions have it. What it holds is ``text``, ``flag``, ``uri``, ``any``, ``count``, an object by its name, ``[…]`` for a
list of it, ``{…}`` for a map of it, ``…?`` where a reference may stand in its place, and a JSON Schema where none of
these will do.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from aegis_contracts.lint._object_rules import PARTS, RULES

VERSIONS = ("3.0", "3.1", "3.2")
Fields = dict[str, Any]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PARAMETER: Fields = {
    "description": "text",
    "required": "flag",
    "deprecated": "flag",
    "schema": "schema",
    "content": "one-content",
    "example": "any",
    "examples": "{example?}",
}
OBJECTS: dict[str, Fields] = {
    "document": {
        "openapi!": {"type": "string", "pattern": "^3\\.[0-2]\\.[0-9]+(?:-.+)?$"},
        "$self@3.2": {"type": "string", "format": "uri-reference", "pattern": "^[^#]*$"},
        "info!": "info",
        "jsonSchemaDialect@3.1": "uri",
        "servers": "[server]",
        "paths!@-3.0": "paths",
        "paths@3.1": "paths",
        "webhooks@3.1": "{path-item}",
        "components": "components",
        "security": "[security]",
        "tags": "[tag]",
        "externalDocs": "external-docs",
    },
    "info": {
        "title!": "text",
        "summary@3.1": "text",
        "description": "text",
        "termsOfService": "uri",
        "contact": "contact",
        "license": "license",
        "version!": "text",
    },
    "contact": {"name": "text", "url": "uri", "email": {"type": "string", "format": "email"}},
    "license": {"name!": "text", "identifier@3.1": "text", "url": "uri"},
    "server": {"url!": "text", "description": "text", "name@3.2": "text", "variables": "{server-variable}"},
    "server-variable": {
        "enum@-3.0": "[text]",
        "enum@3.1": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "default!": "text",
        "description": "text",
    },
    "components": {
        "schemas": "{schema}",
        "responses": "{response?}",
        "parameters": "{parameter?}",
        "examples": "{example?}",
        "requestBodies": "{request-body?}",
        "headers": "{header?}",
        "securitySchemes": "{security-scheme?}",
        "links": "{link?}",
        "callbacks": "{callback?}",
        "pathItems@3.1": "{path-item}",
        "mediaTypes@3.2": "{media-type?}",
    },
    "path-item": {
        "$ref": "text",
        "summary": "text",
        "description": "text",
        "servers": "[server]",
        "parameters": "parameters",
        **dict.fromkeys(_METHODS, "operation"),
        "query@3.2": "operation",
        "additionalOperations@3.2": "further-operations",
    },
    "operation": {
        "tags": "[text]",
        "summary": "text",
        "description": "text",
        "externalDocs": "external-docs",
        "operationId": "text",
        "parameters": "parameters",
        "requestBody": "request-body?",
        "responses!@-3.0": "responses",
        "responses@3.1": "responses",
        "callbacks": "{callback?}",
        "deprecated": "flag",
        "security": "[security]",
        "servers": "[server]",
    },
    "external-docs": {"description": "text", "url!": "uri"},
    "parameter": {
        **_PARAMETER,
        "name!": "text",
        "in!": {"enum": ["query", "querystring", "header", "path", "cookie"]},
        "allowEmptyValue": "flag",
        "style": "text",
        "explode": "flag",
        "allowReserved": "flag",
    },
    "header": {
        **_PARAMETER,
        "allowEmptyValue@-3.0": "flag",
        "style": {"const": "simple"},
        "explode": "flag",
        "allowReserved@-3.0": "flag",
    },
    "request-body": {"description": "text", "content!": "content", "required": "flag"},
    "media-type": {
        "description@3.2": "text",
        "schema": "schema",
        "itemSchema@3.2": "schema",
        "example": "any",
        "examples": "{example?}",
        "encoding": "{encoding}",
        "prefixEncoding@3.2": "[encoding]",
        "itemEncoding@3.2": "encoding",
    },
    "encoding": {
        "contentType": "text",
        "headers": "{header?}",
        "style": {"enum": ["form", "spaceDelimited", "pipeDelimited", "deepObject"]},
        "explode": "flag",
        "allowReserved": "flag",
        "encoding@3.2": "{encoding}",
        "prefixEncoding@3.2": "[encoding]",
        "itemEncoding@3.2": "encoding",
    },
    "response": {
        "summary@3.2": "text",
        "description!@-3.1": "text",
        "description@3.2": "text",
        "headers": "{header?}",
        "content": "content",
        "links": "{link?}",
    },
    "example": {
        "summary": "text",
        "description": "text",
        "value": "any",
        "externalValue": "uri",
        "dataValue@3.2": "any",
        "serializedValue@3.2": "text",
    },
    "link": {
        "operationRef": "uri",
        "operationId": "text",
        "parameters": "{any}",
        "requestBody": "any",
        "description": "text",
        "server": "server",
    },
    "tag": {
        "name!": "text",
        "summary@3.2": "text",
        "description": "text",
        "externalDocs": "external-docs",
        "parent@3.2": "text",
        "kind@3.2": "text",
    },
    "security-scheme": {
        "type!@-3.0": {"enum": ["apiKey", "http", "oauth2", "openIdConnect"]},
        "type!@3.1": {"enum": ["apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"]},
        "description": "text",
        "name": "text",
        "in": {"enum": ["query", "header", "cookie"]},
        "scheme": "text",
        "bearerFormat": "text",
        "flows": "flows",
        "openIdConnectUrl": "uri",
        "oauth2MetadataUrl@3.2": "uri",
        "deprecated@3.2": "flag",
    },
    "flows": {
        "implicit": "implicit-flow",
        "password": "token-flow",
        "clientCredentials": "token-flow",
        "authorizationCode": "code-flow",
        "deviceAuthorization@3.2": "device-flow",
    },
    "implicit-flow": {"authorizationUrl!": "uri", "refreshUrl": "uri", "scopes!": "{text}"},
    "token-flow": {"tokenUrl!": "uri", "refreshUrl": "uri", "scopes!": "{text}"},
    "code-flow": {"authorizationUrl!": "uri", "tokenUrl!": "uri", "refreshUrl": "uri", "scopes!": "{text}"},
    "device-flow": {"deviceAuthorizationUrl!": "uri", "tokenUrl!": "uri", "refreshUrl": "uri", "scopes!": "{text}"},
    "discriminator": {"propertyName!": "text", "mapping": "{text}", "defaultMapping@3.2": "text"},
    "xml": {
        "nodeType@3.2": {"enum": ["element", "attribute", "text", "cdata", "none"]},
        "name": "text",
        "namespace": "text",
        "prefix": "text",
        "attribute": "flag",
        "wrapped": "flag",
    },
    "legacy-schema": {
        "$ref": "text",
        "title": "text",
        "multipleOf": {"type": "number", "exclusiveMinimum": 0},
        "maximum": {"type": "number"},
        "minimum": {"type": "number"},
        **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum"), "flag"),
        **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"), "count"),
        "pattern": {"type": "string", "format": "regex"},
        "uniqueItems": "flag",
        "required": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
        "enum": {"type": "array", "minItems": 1},
        "type": {"enum": ["array", "boolean", "integer", "number", "object", "string"]},
        "not": "legacy-schema",
        **dict.fromkeys(("allOf", "oneOf", "anyOf"), "[legacy-schema]"),
        "items": "legacy-schema",
        "properties": "{legacy-schema}",
        "additionalProperties": {"anyOf": [{"type": "boolean"}, {"$ref": "#/$defs/legacy-schema"}]},
        "description": "text",
        "format": "text",
        "default": "any",
        **dict.fromkeys(("nullable", "readOnly", "writeOnly", "deprecated"), "flag"),
        "discriminator": "discriminator",
        "xml": "xml",
        "example": "any",
        "externalDocs": "external-docs",
    },
}
_PLAIN: dict[str, Any] = {
    "any": True,
    "text": {"type": "string"},
    "flag": {"type": "boolean"},
    "count": {"type": "integer", "minimum": 0},
    "uri": {"type": "string", "format": "uri-reference"},
}


@lru_cache(maxsize=6)
def structure_schema(version: str, *, dialect: bool = True) -> dict[str, Any]:
    """
    Make the JSON Schema of whole documents of one version.

    Args:
        version: ``3.0``, ``3.1`` or ``3.2``.
        dialect: schemas are written in the dialect of OpenAPI, and not in one of the document's own.
    """
    definitions: dict[str, Any] = {name: _object(name, fields, version) for name, fields in OBJECTS.items()}
    definitions |= {name: part for name, part in PARTS.items() if name not in definitions}
    if version == "3.0":
        definitions["schema"] = {"$ref": "#/$defs/legacy-schema"}
    elif not dialect:
        definitions["schema"] = {"type": ["object", "boolean"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:aegis:openapi-structure",
        "$ref": "#/$defs/document",
        "$defs": definitions,
    }


def _object(name: str, fields: Fields, version: str) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for written, holds in fields.items():
        field, _, versions = written.partition("@")
        if not _is_in(version, versions):
            continue
        plain = field.rstrip("!")
        properties[plain] = _held(holds)
        if field.endswith("!"):
            required.append(plain)
    rules = [rule for versions, rule in RULES.get(name, ()) if _is_in(version, versions)]
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "patternProperties": {"^x-": True},
        "additionalProperties": False,
        **({"allOf": rules} if rules else {}),
    }


def _is_in(version: str, versions: str) -> bool:
    since, dash, until = versions.partition("-")
    return (since or VERSIONS[0]) <= version <= ((until if dash else "") or VERSIONS[-1])


def _held(holds: Any) -> Any:
    if not isinstance(holds, str):
        return holds
    if holds[0] == "[":
        return {"type": "array", "items": _held(holds[1:-1])}
    if holds[0] == "{":
        return {"type": "object", "additionalProperties": _held(holds[1:-1])}
    if holds.endswith("?"):
        reference = {"type": "object", "required": ["$ref"]}
        return {"if": reference, "then": {"$ref": "#/$defs/reference"}, "else": _held(holds[:-1])}
    return _PLAIN.get(holds, {"$ref": f"#/$defs/{holds}"})
