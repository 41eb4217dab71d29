"""
Operations: identifiers, paths and their parameters, security names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis_contracts._contract import Contract
from aegis_contracts._model import Operation
from aegis_contracts._violation import Finding
from aegis_contracts.documents._documents import Place

_EXPRESSION = re.compile(r"\{([^{}]*)\}")


def operations(contract: Contract) -> Iterator[Finding]:
    """
    Report duplicate operationIds, path templates that mean the same, parameters that do not fit, unknown schemes.
    """
    documents = contract.documents
    identifiers: dict[str, Operation] = {}
    shapes: dict[tuple[str, str], Operation] = {}
    for operation in contract.all_operations():
        shape = (operation.method, _EXPRESSION.sub("{}", operation.path))
        other = shapes.setdefault(shape, operation)
        if other is not operation:
            said = f"means the same requests as {other.method} {other.path}"
            yield documents.finding(operation.place, "ambiguous-path", said, "keep one of the two")
        identifier = operation.operation_id
        if identifier is not None:
            first = identifiers.setdefault(identifier, operation)
            if first is not operation:
                said = f"{identifier} is also the operationId of {first.method} {first.path}"
                mend = "give each operation an operationId of its own"
                yield documents.finding(operation.place.at("operationId"), "duplicate-operation-id", said, mend)
        yield from _parameters(operation)
        yield from _security(operation)


def _parameters(operation: Operation) -> Iterator[Finding]:
    documents = operation.contract.documents
    wanted = _EXPRESSION.findall(operation.path)
    declared = {parameter.name: parameter for parameter in operation.parameters if parameter.location == "path"}
    missing = [name for name in dict.fromkeys(wanted) if name not in declared]
    unused = [name for name in declared if name not in wanted]
    if len(missing) == len(unused) == 1:
        # One too few and one too many: it is plain which is meant, so it is served by its place.
        said = f"calls {unused[0]} what {operation.path} calls {missing[0]}"
        yield documents.finding(
            declared[unused[0]].place, "misnamed-path-parameter", said, f"name it {missing[0]}", "warning"
        )
        missing = unused = []
    for name in missing:
        if name not in declared:
            said = f"does not declare the path parameter {name} of {operation.path}"
            mend = f"add {{name: {name}, in: path, required: true, schema: …}} to its parameters"
            yield documents.finding(operation.place, "undeclared-path-parameter", said, mend)
    for name, parameter in declared.items():
        if name in unused:
            said = f"declares the path parameter {name}, which {operation.path} does not have"
            mend = f"write {{{name}}} into the path, or remove the parameter"
            yield documents.finding(parameter.place, "unused-path-parameter", said, mend)
        elif name in wanted and parameter.node.get("required") is not True:
            said = f"{name} is in the path, so it must say required: true"
            yield documents.finding(parameter.place, "path-parameter-required", said, "add required: true", "warning")
    for owner in (operation.item, operation):
        seen: set[tuple[str, str]] = set()
        for index, node in enumerate(owner.node.get("parameters", ())):
            place: Place = owner.place.at("parameters", index)
            resolved = documents.follow(node, place)[0]
            key = (str(resolved.get("in")), str(resolved.get("name")))
            if key in seen:
                said = f"declares the {key[0]} parameter {key[1]} twice"
                yield documents.finding(place, "duplicate-parameter", said, "keep one of the two")
            seen.add(key)


def _security(operation: Operation) -> Iterator[Finding]:
    known = operation.contract.security_schemes
    for choice in operation.security:
        for name in choice:
            if name not in known and choice[name]:
                # Scopes are OAuth 2's own, so a token is asked for, whatever else the scheme would say.
                said = f"asks for scopes of {name}, which components/securitySchemes does not have"
                mend = f"add {name} there; it is served as OAuth 2"
                finding = operation.contract.documents.finding
                yield finding(operation.place, "undeclared-oauth-scheme", said, mend, "warning")
            elif name not in known:
                said = f"asks for the security scheme {name}, which components/securitySchemes does not have"
                mend = f"add {name} there; it has {', '.join(known) or 'none'}"
                yield operation.contract.documents.finding(operation.place, "unknown-security-scheme", said, mend)
