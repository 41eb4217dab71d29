"""
The addresses that an API is offered at.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from aegis_contracts import Contract
from aegis_verifier.diff.openapi._names import template
from aegis_verifier.diff.schemas import Pair

_MOST: Final = 64


def addresses(servers: Iterable[Mapping[str, Any]]) -> list[str]:
    """
    Every address that servers stand for: variables take each of their values, or their default where any will do.
    """
    found: dict[str, None] = {}
    for server in servers:
        url = str(server.get("url", "/"))
        variables = server.get("variables")
        given = cast("dict[str, Any]", variables) if isinstance(variables, dict) else {}
        names = [name for name in given if isinstance(given[name], dict) and f"{{{name}}}" in url]
        values = [[str(v) for v in given[n].get("enum") or [given[n].get("default", f"{{{n}}}")]] for n in names]
        for chosen in itertools.islice(itertools.product(*values), _MOST):
            address = url
            for name, value in zip(names, chosen, strict=True):
                address = address.replace(f"{{{name}}}", value)
            found[_plain(address)] = None
    return list(found)


def _plain(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    if separator:
        host, slash, path = rest.partition("/")
        port = {"http": ":80", "https": ":443"}.get(scheme.lower(), "")
        host = host.lower().removesuffix(port) if port else host.lower()
        address = f"{scheme.lower()}://{host}{slash}{path}"
    return address.rstrip("/")


def compare_servers(pair: Pair) -> None:
    """
    Note servers that are gone: every address that an operation was offered at is one that clients use.
    """
    was, now = _offered(pair.old), _offered(pair.new)
    gone: dict[str, str] = {}
    paths = {path for _, path in was}
    for address, path in was:
        if (address, path) not in now and address and any(p == path for _, p in now) and address not in gone:
            gone[address] = path
    full = {address + path for address, path in now}
    for address, path in gone.items():
        if address + path not in full:
            message = f"{address} is gone"
            pair.note("server-removed", pair.old.root.at("servers"), pair.new.root.at("servers"), "", message)
    known = {address for address, _ in was}
    for address in dict.fromkeys(address for address, path in now if path in paths and address not in known):
        old, new = pair.old.root.at("servers"), pair.new.root.at("servers")
        pair.note("server-added", old, new, "", f"{address or '/'} is new")


def _offered(contract: Contract) -> dict[tuple[str, str], None]:
    known: dict[int, list[str]] = {}
    found: dict[tuple[str, str], None] = {}
    for operation in contract.all_operations():
        for owner in (operation.node, operation.item.node, contract.document):
            if owner.get("servers"):
                servers = owner["servers"]
                break
        else:
            servers = None
        if id(servers) not in known:
            known[id(servers)] = addresses(servers) if servers else [""]
        for address in known[id(servers)]:
            found[(address, f"{operation.method} {template(operation.path)}")] = None
    return found
