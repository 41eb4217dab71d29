"""
Structure: whether the document looks like OpenAPI at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from aegis_contracts._contract import Contract
from aegis_contracts._subschemas import mentions
from aegis_contracts._violation import Finding, Severity, Violation
from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_contracts.json_pointer import escape, resolve
from aegis_contracts.lint._objects import structure_schema
from aegis_contracts.verdict._tangle import TOO_MANY, TOO_MANY_SAID, UNEVALUATED, ways
from aegis_contracts.verdict._verdict import DIALECT, Verdict

# What only people read; inside of schemas these words may be names of properties.
_PROSE = re.compile(r"^/(?:info|tags|externalDocs)\b|/(?:description|summary|externalDocs|tags)(?:/[0-9]+)?$")
_PARAMETER = re.compile(r"/parameters/[^/]+$")
_KNOWN = re.compile(r"/type(?:/|$)")
_TYPE_NAMES: list[str] = ["array", "boolean", "integer", "null", "number", "object", "string"]
_TYPES = "array, boolean, integer, null, number, object or string"


@lru_cache(maxsize=6)
def _verdict(version: str, dialect: bool) -> Verdict:
    return Verdict(structure_schema(version, dialect=dialect))


def structure(contract: Contract, strict: bool) -> Iterator[Finding]:
    """
    Report every place where the document's shape is not OpenAPI's.

    Args:
        strict: what a reader can overlook is an error, too.
    """
    version, dialect = _version(contract)
    verdict = _verdict(version, dialect)
    if verdict.is_valid(contract.document):
        return
    seen: set[str] = set()
    for violation in verdict.violations(contract.document):
        if (
            violation.rule in {"anyOf", "oneOf"}
            and not violation.pointer.endswith("/type")
            and violation.pointer in seen
        ):
            continue
        seen.add(violation.pointer)
        yield _finding(contract, violation, strict)


def bounded(contract: Contract) -> Iterator[Finding]:
    """
    Report schemas that no engine compiles in time.
    """
    root, documents = contract.document, contract.documents
    if not mentions(root, *UNEVALUATED):
        return
    pending: list[tuple[str, Any]] = [("", root)]
    while pending:
        pointer, node = pending.pop()
        if (
            isinstance(node, dict)
            and not node.keys().isdisjoint(UNEVALUATED)
            and ways(node, TOO_MANY, root=root) >= TOO_MANY
        ):
            mend = "say in each branch what it has, by `additionalProperties` or `items`"
            yield documents.finding(Place(documents.root, pointer), "too-many-ways", TOO_MANY_SAID, mend)
        elif isinstance(node, dict | list):
            inner = node.items() if isinstance(node, dict) else enumerate(node)
            pending += [(f"{pointer}/{escape(str(name))}", each) for name, each in inner]


def _version(contract: Contract) -> tuple[str, bool]:
    said = contract.document.get("jsonSchemaDialect")
    ours = said is None or str(said).startswith(("https://spec.openapis.org/oas/3.", DIALECT))
    return contract.openapi_version[:3], ours


def _finding(contract: Contract, violation: Violation, strict: bool) -> Finding:
    documents, pointer = contract.documents, violation.pointer
    place = Place(documents.root, pointer)
    last = pointer.rsplit("/", 1)[-1]
    if violation.rule == "additionalProperties":
        severity: Severity = "error" if strict else "warning"
        known = _known(contract, violation)
        node = documents.node(place)
        names = [name for name in node if name not in known and not name.startswith("x-")]
        guess = "; ".join(f"{name}: {_guess(name, known)}" for name in names[:3])
        said = f"has fields that OpenAPI does not know: {', '.join(names[:5])}"
        return documents.finding(place.at(names[0]) if names else place, "unknown-field", said, guess, severity)
    if violation.rule == "required":
        overlooked = last == "description" or pointer == "/info" or _refers(documents.node(_parent(place)))
        severity = "warning" if overlooked and not strict else "error"
        return documents.finding(_parent(place), "missing-field", f"misses the field {last}", f"add {last}", severity)
    if _KNOWN.search(pointer) and violation.rule in {"anyOf", "enum", "type"} and last == "type":
        value = documents.node(place)
        guess = _guess(value, _TYPE_NAMES) if isinstance(value, str) else "write one of them"
        return documents.finding(place, "unknown-type", f"is no JSON Schema type (must be {_TYPES})", guess)
    if violation.rule == "format" and last == "pattern":
        mend = "write an ECMA-262 regular expression"
        return documents.finding(place, "bad-regex", "is no valid regular expression", mend)
    # A parameter without schema is text, whatever it is.
    plain = violation.rule in {"anyOf", "oneOf"} and bool(_PARAMETER.search(pointer))
    severity = "warning" if (plain or _PROSE.search(pointer)) and not strict else "error"
    mend = "see the OpenAPI specification for this object"
    return documents.finding(place, "structure", violation.message, mend, severity)


def _parent(place: Place) -> Place:
    return Place(place.uri, place.pointer.rpartition("/")[0])


def _refers(node: Any) -> bool:
    return isinstance(node, dict) and "$ref" in node


def _known(contract: Contract, violation: Violation) -> list[str]:
    version, dialect = _version(contract)
    schema = resolve(structure_schema(version, dialect=dialect), violation.schema.removeprefix("#").rpartition("/")[0])
    return list(schema.get("properties", {})) or [p.strip("^$") for p in schema.get("patternProperties", {})]


def _guess(name: str, known: list[str]) -> str:
    close = _close(name, known)
    return f"did you mean {close[0]}?" if close else "remove it, or begin its name with x-"


def _close(name: str, known: list[str]) -> list[str]:
    import difflib  # few documents have a name that is wrong

    return difflib.get_close_matches(name, known, 1)


def dangling(documents: Documents) -> Iterator[Finding]:
    """
    Report every ``$ref`` that points to nothing.
    """
    text = documents.text(documents.root)
    if text is not None and len(text) > 1_000_000 and text.lstrip()[:1] == b"{":
        # Large documents repeat a few references many times: each is looked up once, and walked for only if it fails.
        unique = {json.loads(match) for match in set(re.findall(rb'"\$ref"\s*:\s*("(?:[^"\\]|\\.)*")', text))}
        if all(_resolves(documents, reference) for reference in unique):
            return
    checked: dict[str, set[str]] = {}
    queue = [documents.root]
    while queue:
        uri = queue.pop()
        seen = checked.setdefault(uri, set())
        for reference, place in _references(documents.node(Place(uri, "")), Place(uri, "")):
            try:
                target = documents.target(reference, place)
                documents.node(target, reference)
            except DanglingReferenceError as error:
                near = _nearest(documents, reference)
                # What stands in the web is not read from a file, so nobody can say whether it is there.
                unread = reference.startswith(("http://", "https://")) and not uri.startswith(("http://", "https://"))
                severity: Severity = "warning" if unread else "error"
                yield documents.finding(place, "dangling-ref", f"{error.reference} {error.reason}", near, severity)
                continue
            if target.uri not in checked and target.uri not in queue:
                queue.append(target.uri)
            seen.add(reference)


def _resolves(documents: Documents, reference: str) -> bool:
    try:
        target = documents.target(reference, documents.root)
        documents.node(target, reference)
    except DanglingReferenceError:
        return False
    return target.uri == documents.root


def _nearest(documents: Documents, reference: str) -> str:
    folder, _, name = reference.rpartition("/")
    try:
        siblings = documents.node(documents.target(folder, documents.root))
    except (DanglingReferenceError, ValueError):
        return "mend the reference, or add what it names"
    close = _close(name, list(siblings) if isinstance(siblings, dict) else [])
    return f"did you mean {folder}/{close[0]}?" if close else "mend the reference, or add what it names"


def _references(root: Any, place: Place) -> Iterator[tuple[str, Place]]:
    """
    Walk to every reference, and not into examples, defaults and constants, where ``$ref`` is data.
    """
    stack: list[tuple[Any, str, str]] = [(root, place.pointer, "")]
    while stack:
        node, pointer, inside = stack.pop()
        if isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str) and inside != "properties":
                yield reference, Place(place.uri, f"{pointer}/$ref")
            for key, value in node.items():
                named = inside in {"properties", "examples", "schemas", "patternProperties"}
                if key in {"example", "default", "const", "enum", "value"} and not named:
                    continue
                if key.startswith("x-") and not named:
                    continue
                if key == "examples" and isinstance(value, list):
                    continue
                if isinstance(value, dict | list):
                    step = escape(key)
                    stack.append((value, f"{pointer}/{step}", "" if named else key))
        elif isinstance(node, list):
            stack.extend(
                (value, f"{pointer}/{i}", "") for i, value in enumerate(node) if isinstance(value, dict | list)
            )
