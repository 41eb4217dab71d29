"""
Where the operations of many contracts stand on one port.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from aegis_contracts import Finding, MethodNotAllowed, Routes
from aegis_mockserver.core._served import Served

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


def _bases(served: Served) -> Iterator[str]:
    yield from dict.fromkeys(base_path(server) for server in served.operation.servers)


def mount(every: Iterable[Served]) -> Routes[Served]:
    """
    Put each operation at the base path of each of its servers and, where nobody else is, at its bare path.

    Raises:
        SiteClashError: operations of two contracts want the same place.
    """
    routes: Routes[Served] = Routes()
    clashes: list[Finding] = []
    bare: list[Served] = []
    for served in every:
        bases = tuple(_bases(served))
        for base in bases:
            taken = routes.add(served.operation.method, base + served.path, served)
            if taken is not None and taken.contract is served.contract:
                if taken is not served and served not in taken.others:
                    taken.others.append(served)  # the same shape of path: what the values fit decides
            elif taken is not None:
                clashes.append(_clash(served, taken, base))
        if "" not in bases:
            bare.append(served)
    if clashes:
        raise SiteClashError(tuple(clashes))
    _mount_bare(routes, bare)
    return routes


def _mount_bare(routes: Routes[Served], bare: list[Served]) -> None:
    wanted: dict[tuple[str, str], list[Served]] = {}
    for served in bare:
        shape = _VARIABLE.sub("{}", served.path)
        wanted.setdefault((served.operation.method, shape), []).append(served)
    for candidates in wanted.values():
        served = candidates[0]
        if any(other.contract is not served.contract for other in candidates):
            continue  # ambiguous: each is reached at its server's base path only
        probe = _VARIABLE.sub("0", served.path)
        found = routes.find(served.operation.method, probe)
        if found is None or isinstance(found, MethodNotAllowed):
            routes.add(served.operation.method, served.path, served)


def _clash(served: Served, taken: Served, base: str) -> Finding:
    method, path = served.operation.method, base + served.operation.path
    message = f"{method} {path} is already served by {taken.title} ({taken.operation.source})"
    finding = served.contract.documents.finding
    mend = "give the servers different base paths, or serve one of them on another port"
    return finding(served.operation.place, "path-clash", message, mend)
