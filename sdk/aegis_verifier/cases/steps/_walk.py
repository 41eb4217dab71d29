"""
Walking through the pages of a list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aegis_contracts import Operation
from aegis_verifier import _names
from aegis_verifier._maker import Maker
from aegis_verifier._names import plain
from aegis_verifier._plan import Paging
from aegis_verifier._values import NOTHING, Exchange, Open
from aegis_verifier.cases.steps._arrangement import Steps, id_in, listing, next_page

MOST_PAGES = 80


@dataclass
class Walk:
    """
    The pages of a list, as far as they were read.

    Args:
        ended: the last page was reached.
        repeated: a page began again with what had been read.
    """

    pages: list[list[Any]] = field(default_factory=list[list[Any]])
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    ended: bool = False
    repeated: bool = False

    @property
    def items(self) -> list[Any]:
        """
        All items, in order.
        """
        return [item for page in self.pages for item in page]


def key_of(item: Any, names: list[str]) -> str:
    """
    Tell an item from others: by its id, else by all that it has.
    """
    found = id_in(item, names) if isinstance(item, dict) else None
    return str(found) if found is not None else json.dumps(item, sort_keys=True, ensure_ascii=False)


def size_of(paging: Paging | None, wanted: int) -> int:
    """
    Bring a page size within what the parameter's schema allows.
    """
    schema = paging.size.schema if paging is not None and paging.size is not None else None
    node = schema.projected("request") if schema is not None else {}
    if isinstance(node, dict):
        low, high = node.get("minimum"), node.get("maximum")
        wanted = max(wanted, int(low)) if isinstance(low, int | float) else wanted
        wanted = min(wanted, int(high)) if isinstance(high, int | float) else wanted
    return wanted


def walk(
    maker: Maker,
    operation: Operation,
    path: Mapping[str, Any],
    *,
    size: int | None = None,
    most: int = MOST_PAGES,
    names: list[str] | None = None,
    until: str | None = None,
) -> Steps[Walk]:
    """
    Read a list page by page.

    Args:
        size: of a page; by default the provider's choice.
        most: pages at most.
        until: stop at the item with this key.
    """
    paging = maker.plan.paging(operation)
    names = names or ["id"]
    draft = maker.draft(operation, "walk", "minimal", path)
    if paging is not None and paging.size is not None and size is not None:
        draft = draft.with_value("query", paging.size.name, size)
    found = Walk()
    seen: set[str] = set()
    asked: set[str] = set()
    start = first_page(paging)
    request = maker.request(draft)
    for number in range(most):
        if number and paging is not None and paging.style in {"page", "offset"} and paging.parameter is not None:
            count = len(found.items)
            at = number + start if paging.style == "page" else count
            request = maker.request(draft.with_value("query", paging.parameter.name, at))
        exchange: Exchange = yield request
        if not exchange.succeeded:
            if number and paging is not None and paging.style == "page" and exchange.status == 404:
                found.ended = True
                return found
            raise Open(f"{operation.key} did not answer page {number + 1} (it answered {exchange.status or 'nothing'})")
        page = listing(exchange.value, paging)
        if page is None:
            raise Open(f"no list was found in the answer of {operation.key}")
        found.pages.append(page)
        found.exchanges.append(exchange)
        keys = [key_of(item, names) for item in page]
        if until is not None and until in keys:
            return found
        following = next_page(exchange, paging, names) if paging is not None else None
        if page and set(keys) <= seen:
            found.repeated = True
            return found
        seen.update(keys)
        if paging is None:
            found.ended = True
            return found
        if paging.style in {"page", "offset"} and following is None:
            if not page or (size is not None and len(page) < size):
                found.ended = True
                return found
            continue
        if following is None:
            # With nothing but a size, a full answer may be the beginning of a longer list.
            found.ended = bool(paging.style) or size is None or len(page) < size
            return found
        if following in asked:
            found.repeated = True
            return found
        asked.add(following)
        request = _following(maker, draft, paging, following)
    return found


def _following(maker: Maker, draft: Any, paging: Paging, following: str) -> Any:
    """
    Ask for the next page: by cursor, or at the address that the answer gives.
    """
    if "/" in following or "?" in following:
        split = urlsplit(following)
        if split.query:
            values = dict(parse_qsl(split.query, keep_blank_values=True))
            known = {p.name for p in draft.operation.parameters if p.location == "query"}
            if values.keys() <= known and not (paging.style == "cursor" and split.path == following):
                for name, value in values.items():
                    draft = draft.with_value("query", name, value)
                return maker.request(draft)
            request = maker.request(draft)
            return replace(request, target=f"{request.target.partition('?')[0]}?{split.query}")
    if paging.style in {"page", "offset"} and paging.parameter is not None and following.isdecimal():
        return maker.request(draft.with_value("query", paging.parameter.name, int(following)))
    if paging.parameter is None:
        raise Open("the answer names a next page, and no parameter takes it")
    return maker.request(draft.with_value("query", paging.parameter.name, following))


def first_page(paging: Paging | None) -> int:
    """
    Say whether pages are counted from 0 or from 1, by the schema of the parameter.
    """
    parameter = paging.parameter if paging is not None and paging.style == "page" else None
    schema = parameter.schema if parameter is not None else None
    node = schema.projected("request") if schema is not None else {}
    if isinstance(node, dict):
        given = node.get("default", node.get("minimum", 1))
        return 0 if given == 0 else 1
    return 1


def total_in(value: Any, depth: int = 0) -> int | None:
    """
    Find the number of all items that an answer tells.
    """
    if not isinstance(value, dict) or depth > 2:
        return None
    for name, member in value.items():
        if plain(name) in _names.TOTALS and isinstance(member, int) and not isinstance(member, bool):
            return member
    inner = (total_in(member, depth + 1) for member in value.values() if isinstance(member, dict))
    return next((found for found in inner if found is not None), None)


def numbers_in(value: Any, depth: int = 0) -> Iterator[tuple[str, int]]:
    """
    Go through the numbers that an envelope tells, by plain name: those beside the items, or one level inside.
    """
    for name, member in value.items() if isinstance(value, dict) and depth < 2 else ():
        if isinstance(member, int) and not isinstance(member, bool):
            yield plain(name), member
        elif isinstance(member, dict):
            yield from numbers_in(member, depth + 1)


__all__ = ["MOST_PAGES", "NOTHING", "Walk", "first_page", "key_of", "numbers_in", "size_of", "total_in", "walk"]
