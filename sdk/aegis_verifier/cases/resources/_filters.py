"""
A list that is filtered shows what was asked for, and one that is sorted is in that order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from aegis_contracts import Operation, Parameter
from aegis_contracts.exchange._scalars import types
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._names import plain
from aegis_verifier._plan import Resource, answered
from aegis_verifier._values import NOTHING, Case, Exchange, Failure, Open, Script
from aegis_verifier.cases.resources._items import read
from aegis_verifier.cases.steps import _kept
from aegis_verifier.cases.steps._arrangement import arrange, listing, make
from aegis_verifier.cases.steps._walk import key_of, size_of, total_in

_MOST_VALUES = 5
_SORTS = frozenset({"sort", "sortby", "orderby", "ordering", "order", "sorting"})
_DIRECTIONS = frozenset({"order", "direction", "dir", "sortorder", "sortdirection", "sortdir", "orderdirection"})
_ORDER = re.compile(r"([+-]?)([A-Za-z][A-Za-z0-9_.]*?)(?:[ :,_.-](asc|desc))?", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+Z)?")
Ways = dict[str, dict[str, str]]


def filters(maker: Maker, resource: Resource, operation: Operation) -> Iterator[Case]:
    known = answered(operation)
    paging = maker.plan.paging(operation)
    pages = {p.name for p in (paging.size, paging.parameter) if p is not None} if paging is not None else set()
    for parameter in operation.parameters:
        if parameter.location != "query" or parameter.name not in known.keys() - pages or parameter.schema is None:
            continue
        if not types(parameter.schema.projected("request")) & {"string", "integer", "boolean"}:
            continue

        def script(name: str = parameter.name) -> Script:
            return _filtered(maker, resource, operation, name)

        claim = f"lists only what has the {parameter.name} that is asked for"
        yield Case(operation, "sequences", f"filter {parameter.name}", claim, script)


def _filtered(maker: Maker, resource: Resource, operation: Operation, name: str) -> Script:
    paging = maker.plan.paging(operation)
    path: dict[str, Any] = {}
    wanted: list[Any] = []
    if resource.get("create") is not None:
        made = yield from make(maker, resource, f"sequences/filter/{name}")
        path = dict(made.path)
        if resource.get("read") is not None:
            shown = _kept.item(resource, (yield from read(maker, resource, made.path))) or {}
            wanted = [shown[name]] if isinstance(shown.get(name), str | int | bool) else []
    else:
        path = yield from arrange(maker, operation, "sequences/filter")
    draft = maker.draft(operation, "sequences/filter", "minimal", path)
    own = bool(wanted)
    if not wanted:
        parameter = next(p for p in operation.parameters if p.name == name and p.location == "query")
        made_value = maker.value(parameter.schema, "sequences/filter", name)
        wanted = [] if made_value is NOTHING else [made_value]
    found: list[Failure] = []
    size = size_of(paging, 100)
    if paging is not None and paging.size is not None:
        draft = draft.with_value("query", paging.size.name, size)
    for value in [*wanted, *(other for other in _others(operation, name) if other not in wanted)]:
        exchange: Exchange = yield maker.request(draft.with_value("query", name, value))
        page = listing(exchange.value, paging) if exchange.succeeded else None
        for item in page or ():
            if isinstance(item, dict) and name in item and item[name] != value and plain(name) in map(plain, item):
                said = f"must be what the query asks for in {name}"
                found.append(checks.broken(exchange, "filter", said, f"/body/*/{name}"))
                break
        told = total_in(exchange.value) if page is not None and paging is not None else None
        if told is not None and page is not None and len(page) < size and told != len(page) and paging.size is not None:  # type: ignore[union-attr]
            said = f"must be the number of all items that the query asks for, {len(page)}; it is {told}"
            found.append(checks.broken(exchange, "page-total", said, "/body"))
        if page == [] and own and value == wanted[0]:
            said = f"must list the item that has this {name}"
            found.append(checks.broken(exchange, "filter", said, "/body"))
    return found


def _others(operation: Operation, name: str) -> list[Any]:
    """
    List values that a filter may have, whatever the items are.
    """
    parameter = next(p for p in operation.parameters if p.name == name and p.location == "query")
    allowed = _allowed(parameter)
    if not allowed and parameter.schema is not None and types(parameter.schema.projected("request")) <= {"boolean"}:
        allowed = [True, False]
    return allowed[:_MOST_VALUES]


def _allowed(parameter: Parameter) -> list[Any]:
    schema: Any = parameter.schema.resolved if parameter.schema is not None else {}
    return list(schema.get("enum") or ()) if isinstance(schema, dict) else []


def orders(maker: Maker, resource: Resource, operation: Operation) -> Iterator[Case]:
    """
    One case for each member that a list can be sorted by.
    """
    for member, ways in _ways(operation).items():
        claim = f"is in the order of {member} that is asked for"
        script = partial(_sorted, maker, resource, operation, member, ways)
        yield Case(operation, "sequences", f"sort {member}", claim, script)


def _ways(operation: Operation) -> dict[str, Ways]:
    """
    Find the members that a list can be sorted by: member → direction → the parameters that ask for it.
    """
    known = answered(operation)
    query = {plain(p.name): p for p in operation.parameters if p.location == "query"}
    found: dict[str, Ways] = {}
    for name in sorted(_SORTS & query.keys()):
        turned = next((query[n] for n in sorted(_DIRECTIONS & query.keys() - {name})), None)
        for value in _allowed(query[name]):
            match = _ORDER.fullmatch(value) if isinstance(value, str) else None
            if match is None:
                continue
            member = value if value in known else match[2]
            if member not in known:
                continue
            asked = {query[name].name: value}
            if turned is not None and value == member:
                for way in _allowed(turned):
                    if str(way).lower() in {"asc", "desc"}:
                        found.setdefault(member, {})[str(way).lower()] = {**asked, turned.name: way}
            else:
                down = value != member and (match[1] == "-" or (match[3] or "").lower() == "desc")
                found.setdefault(member, {})["desc" if down else "asc"] = asked
    return found


def _sorted(maker: Maker, resource: Resource, operation: Operation, member: str, ways: Ways) -> Script:
    path: dict[str, Any] = yield from arrange(maker, operation, "sequences/sort")
    place = path if "{" in resource.collection else None
    for number in range(3) if resource.get("create") is not None else ():
        path = dict((yield from make(maker, resource, f"sequences/sort/{member}/{number}", path=place)).path)
    paging = maker.plan.paging(operation)
    draft = maker.draft(operation, "sequences/sort", "minimal", path)
    if paging is not None and paging.size is not None:
        draft = draft.with_value("query", paging.size.name, size_of(paging, 100))
    seen: dict[str, dict[str, str]] = {}
    several = False
    for way, asked in ways.items():
        wanted = draft
        for name, value in asked.items():
            wanted = wanted.with_value("query", name, value)
        exchange: Exchange = yield maker.request(wanted)
        page = listing(exchange.value, paging) if exchange.succeeded else None
        items = [item for item in page or () if isinstance(item, dict) and item.get(member) is not None]
        values = [item[member] for item in items]
        if exchange.succeeded and _disordered(values, down=way == "desc"):
            said = f"must be in the order of {member} that is asked for ({way})"
            return [checks.broken(exchange, "sort", said, f"/body/*/{member}")]
        several = several or len({str(value) for value in values}) > 1
        seen[way] = {key_of(item, resource.id_names): str(item[member]) for item in items}
        if len(seen) == 2 and _alike(seen["asc"], seen["desc"]):
            said = f"must be in the other order of {member}: ascending and descending are the same"
            return [checks.broken(exchange, "sort", said, "/body")]
    if not several:
        raise Open(f"all items have the same {member}")
    return []


def _alike(one: dict[str, str], two: dict[str, str]) -> bool:
    """
    Say whether items with different values, that two lists have in common, come in one order in both.
    """
    common = [key for key in one if key in two]
    return len({one[key] for key in common}) > 1 and common == [key for key in two if key in one]


def _disordered(values: list[Any], *, down: bool) -> bool:
    """
    Say whether numbers or instants are in another order; in which one texts are is up to a provider's language.
    """
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    instants = all(isinstance(value, str) and _DATE.fullmatch(value) for value in values)
    if not (numbers or (instants and len({len(value) for value in values}) == 1)):
        return False
    return values != sorted(values, reverse=down)
