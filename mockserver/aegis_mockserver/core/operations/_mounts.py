"""
Where the operations of many contracts stand on one port.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice, product
from typing import Any
from urllib.parse import urlsplit

from aegis_contracts import Finding, MethodNotAllowed, Routes
from aegis_mockserver.core.operations._operation import CompiledOperation

_MOST = 64  # combinations of values of a server's variables
_VARIABLE = re.compile(r"\{([^{}]+)\}")


class SiteClashError(Exception):
    """
    Two contracts want the same method and path; ``findings`` name both.
    """

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


def base_path(server: Mapping[str, Any]) -> str:
    """
    Return the path of a server's URL, its variables at their defaults, without a slash at the end.
    """
    variables = server.get("variables", {})

    def default(match: re.Match[str]) -> str:
        variable = variables.get(match[1], {})
        return str(variable.get("default", match[1])) if isinstance(variable, dict) else match[1]

    return _path(_VARIABLE.sub(default, str(server.get("url", "/"))))


@lru_cache(maxsize=256)
def _path(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return path.rstrip("/") if path.startswith("/") else ""


def _bases(operation: CompiledOperation) -> Iterator[str]:
    """
    List the base paths of an operation's servers: with the defaults of their variables first, then with other values.
    """
    servers = operation.declared.servers
    yield from dict.fromkeys((*map(base_path, servers), *(base for each in servers for base in _others(each))))


def _others(server: Mapping[str, Any]) -> Iterator[str]:
    """
    List the base paths of a server for the values that its variables can have (OpenAPI 3.1 §4.8.6).
    """
    url, variables = str(server.get("url", "/")), server.get("variables")
    if not isinstance(variables, dict):
        return
    enums = [
        [(name, {"default": value}) for value in variable["enum"]]
        for name, variable in variables.items()
        if isinstance(variable, dict) and isinstance(variable.get("enum"), list) and f"{{{name}}}" in url
    ]
    for chosen in islice(product(*enums), _MOST):
        yield base_path({"url": url, "variables": {**variables, **dict(chosen)}})


def mount(every: Iterable[CompiledOperation]) -> Routes[CompiledOperation]:
    """
    Put each operation at the base path of each of its servers and, where nobody else is, at its bare path.

    Raises:
        SiteClashError: operations of two contracts want the same place.
    """
    routes: Routes[CompiledOperation] = Routes()
    clashes: list[Finding] = []
    bare: list[CompiledOperation] = []
    for operation in every:
        bases = tuple(_bases(operation))
        for base in bases:
            taken = routes.add(operation.declared.method, base + operation.path, operation, operation.spanning)
            if taken is not None and taken.contract is operation.contract:
                if operation not in taken.others:
                    taken.others.append(operation)  # the same shape of path: what the values fit decides
            elif taken is not None:
                clashes.append(_clash(operation, taken, base))
        if "" not in bases:
            bare.append(operation)
    if clashes:
        raise SiteClashError(tuple(clashes))
    _mount_bare(routes, bare)
    return routes


def _mount_bare(routes: Routes[CompiledOperation], bare: list[CompiledOperation]) -> None:
    wanted: dict[tuple[str, str], list[CompiledOperation]] = {}
    for operation in bare:
        shape = _VARIABLE.sub("{}", operation.path)
        wanted.setdefault((operation.declared.method, shape), []).append(operation)
    for candidates in wanted.values():
        operation = candidates[0]
        if any(other.contract is not operation.contract for other in candidates):
            continue  # ambiguous: each is reached at its server's base path only
        probe = _VARIABLE.sub("0", operation.path)
        found = routes.find(operation.declared.method, probe)
        if found is None or isinstance(found, MethodNotAllowed):
            routes.add(operation.declared.method, operation.path, operation, operation.spanning)


def _clash(operation: CompiledOperation, taken: CompiledOperation, base: str) -> Finding:
    method, path = operation.declared.method, base + operation.declared.path
    message = f"{method} {path} is already served by {taken.title} ({taken.declared.source})"
    finding = operation.contract.documents.finding
    mend = "give the servers different base paths, or serve one of them on another port"
    return finding(operation.declared.place, "path-clash", message, mend)
