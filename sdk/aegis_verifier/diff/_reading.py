"""
Whether a document can be compared at all: half of one, or one that refers to nothing, would look like a change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NoReturn

from aegis_contracts import Contract, ContractError, DanglingReferenceError, Finding, InvalidSchemaError, Place
from aegis_contracts.documents._documents import Documents
from aegis_contracts.lint import dangling, structure

_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"})
_MEANINGLESS: Final = frozenset({"unknown-type", "bad-regex"})  # nobody can say what such a schema takes
_PARTS: Final = ("paths", "webhooks", "components")


def check_openapi(contract: Contract) -> None:
    """
    Refuse a document that has nothing to compare, or in which something is cut off.

    Raises:
        ContractError: it cannot be compared, with every place that is to be mended.
    """
    document, root = contract.document, contract.root
    told = contract.documents.finding
    found = [
        told(place, "structure", "must be an object; the document may be cut off here", "write what belongs here")
        for place in _cut(document, root)
    ]
    found += [finding for finding in structure(contract, strict=False) if finding.rule in _MEANINGLESS]
    if not document.keys() & set(_PARTS):
        said = "has neither paths nor webhooks nor components: there is nothing to compare"
        found.append(told(root, "missing-field", said, "name the whole document, or add paths"))
    _refuse(contract.documents, found)


def check_asyncapi(documents: Documents) -> None:
    """
    Refuse an AsyncAPI document without channels, or one that refers to nothing.

    Raises:
        ContractError: it cannot be compared, with every place that is to be mended.
    """
    root = Place(documents.root, "")
    found: list[Finding] = []
    if not isinstance(documents.data.get("channels"), dict):
        said = "has no channels; the document may be cut off"
        found.append(documents.finding(root, "missing-field", said, "name the whole document, or add channels"))
    _refuse(documents, found)


def check_schema(documents: Documents) -> None:
    """
    Refuse a schema that refers to nothing.

    Raises:
        ContractError: it cannot be compared, with every reference that is to be mended.
    """
    _refuse(documents, [])


def _refuse(documents: Documents, found: list[Finding]) -> None:
    found += [finding for finding in dangling(documents) if finding.severity == "error"]
    if found:
        raise ContractError(documents.located(found))


def unreadable(shown: str, error: DanglingReferenceError | InvalidSchemaError) -> NoReturn:
    """
    Raise what came up while schemas were compared, as what it is: a version that cannot be read.
    """
    if isinstance(error, DanglingReferenceError):
        rule, said = "dangling-ref", f"$ref {error}"
        mend = "point it to something that exists; aegis lint shows where it stands"
    else:
        rule, said, mend = "schema", f"has a schema that cannot be read: {error}", "mend it; aegis lint shows the place"
    raise ContractError((Finding(shown, 0, 0, "", rule, said, mend),)) from None


def _cut(document: dict[str, Any], root: Place) -> Iterator[Place]:
    """
    Go through the places where something else than an object stands for an object.
    """
    for part in _PARTS:
        if part in document and not isinstance(document[part], dict):
            yield root.at(part)
        for name, item in _members(document, part):
            if not isinstance(item, dict):
                if part != "components" or item is not None:  # many leave a section of components empty
                    yield root.at(part, name)
                continue
            for method, operation in item.items() if part != "components" else ():
                if method in _METHODS:
                    yield from _operation(operation, root.at(part, name, method))


def _operation(operation: Any, place: Place) -> Iterator[Place]:
    if not isinstance(operation, dict):
        yield place
        return
    parameters: Any = operation.get("parameters") or []
    if not isinstance(parameters, list):
        yield place.at("parameters")
        parameters = []
    for index, parameter in enumerate(parameters):
        if not isinstance(parameter, dict):
            yield place.at("parameters", index)
    for key in ("responses", "requestBody"):
        if key in operation and not isinstance(operation[key], dict):
            yield place.at(key)
    for status, response in _members(operation, "responses"):
        if not isinstance(response, dict):
            yield place.at("responses", status)
        else:
            yield from _content(response, place.at("responses", status))
    body = operation.get("requestBody")
    if isinstance(body, dict):
        yield from _content(body, place.at("requestBody"))


def _content(holder: dict[str, Any], place: Place) -> Iterator[Place]:
    if "content" in holder and not isinstance(holder["content"], dict):
        yield place.at("content")
    for media_type, media in _members(holder, "content"):
        if not isinstance(media, dict):
            yield place.at("content", media_type)
        elif "schema" in media and not isinstance(media["schema"], dict | bool):
            yield place.at("content", media_type, "schema")


def _members(holder: dict[str, Any], key: str) -> Iterator[tuple[str, Any]]:
    node = holder.get(key)
    for name, member in node.items() if isinstance(node, dict) else ():
        if not str(name).startswith("x-"):
            yield str(name), member
