"""
Pages: complete, each item once, in a stable order, no larger than asked for, and with an end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from aegis_contracts import Operation
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._names import plain
from aegis_verifier._plan import Paging
from aegis_verifier._values import Case, Exchange, Failure, Open, Script
from aegis_verifier.cases.steps._arrangement import Made, Steps, arrange, listing, make, more, next_page
from aegis_verifier.cases.steps._walk import Walk, first_page, key_of, numbers_in, size_of, total_in, walk

_MADE = 5
_SMALL = 2
_FEW = 4
_PAGE_COUNTS = frozenset({"totalpages", "pagecount", "numpages", "pagestotal", "pages", "numberofpages"})
_PAGE_NUMBERS = frozenset({"page", "pagenumber", "currentpage", "pageno", "pageindex"})
NOBODY = "aegis-verify-no-such-page"


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    The cases of one paged list.
    """
    paging = maker.plan.paging(operation)
    if paging is None or operation.method != "GET":
        return
    claim = "lists everything, each item once, on pages as large as asked for, and ends"
    yield Case(operation, "pagination", "all pages", claim, lambda: _all(maker, operation, paging), alone=True)
    if paging.size is not None:
        claim = "answers no more items than asked for"
        yield Case(operation, "pagination", "size", claim, lambda: _size(maker, operation, paging), alone=True)
    if paging.style == "cursor":
        claim = "does not take an unknown cursor for the first page"
        yield Case(operation, "pagination", "unknown cursor", claim, lambda: _cursor(maker, operation, paging))
    if paging.style in {"page", "offset"}:
        claim = "has nothing behind the last page"
        yield Case(
            operation, "pagination", "behind the end", claim, lambda: _behind(maker, operation, paging), alone=True
        )


def _populate(maker: Maker, operation: Operation, seed: str) -> Steps[tuple[dict[str, Any], list[Made], list[str]]]:
    owner = maker.plan.resource_of(operation)
    if owner is None or owner[0].get("create") is None:
        there = yield from arrange(maker, operation, seed)
        return there, [], owner[0].id_names if owner is not None else ["id"]
    resource = owner[0]
    made: list[Made] = []
    path: dict[str, Any] = yield from arrange(maker, operation, seed)
    for number in range(_MADE):
        place = path if "{" in resource.collection else None
        made.append((yield from make(maker, resource, f"{seed}/{number}", path=place)))
    return path, made, resource.id_names


def _all(maker: Maker, operation: Operation, paging: Paging) -> Script:
    path, made, names = yield from _populate(maker, operation, "pagination")
    large = size_of(paging, 100)
    whole: Walk = yield from walk(maker, operation, path, size=large, names=names)
    found = list(_faults(whole, paging, large, names))
    if not whole.ended:
        return found or ([_endless(whole)] if paging.style else [])
    listed = [key_of(item, names) for item in whole.items]
    missing = [one for one in made if str(one.id) not in listed] if paging.style or len(listed) < large else []
    if missing:
        said = f"must list all {len(made)} items that were made; {len(missing)} are missing"
        found.append(checks.broken(whole.exchanges[-1], "page-complete", said, "/body"))
    found += _totals(whole)
    found += _told(whole, paging, large)
    goes_on = paging.style or len(whole.pages) > 1
    if found or paging.size is None or not whole.items or not goes_on:
        return found  # with nothing but a size it is the beginning of a list, and no page of it
    # Small pages: the first few must be the beginning of the same list; larger ones go to its end.
    small = size_of(paging, _SMALL)
    few: Walk = yield from walk(maker, operation, path, size=small, most=_FEW, names=names)
    found += _faults(few, paging, small, names)
    if not found and few.repeated:
        found.append(_endless(few))
    start = [key_of(item, names) for item in few.items]
    if not found and start != listed[: len(start)]:
        said = "must list the same items in the same order, whatever the size of a page"
        found.append(checks.broken(few.exchanges[-1], "page-stable", said, "/body"))
    if found:
        return found
    middle = size_of(paging, max(_SMALL, -(-len(listed) // 8)))
    rest: Walk = yield from walk(maker, operation, path, size=middle, names=names)
    found += _faults(rest, paging, middle, names)
    if not rest.ended and not found:
        found.append(_endless(rest))
    found += _told(rest, paging, middle)
    again = [key_of(item, names) for item in rest.items]
    if not found and again != listed:
        lost = len(set(listed) - set(again))
        said = f"must list the same {len(listed)} items on pages of {middle}; {lost} are missing or the order differs"
        found.append(checks.broken(rest.exchanges[-1], "page-complete", said, "/body"))
    return found


def _endless(seen: Walk) -> Failure:
    said = f"must end; after {len(seen.pages)} pages another one was promised"
    if seen.repeated:
        said = "must go on; a page was answered again"
    return checks.broken(seen.exchanges[-1], "page-end", said, "/body", "say on the last page that none follows")


def _faults(seen: Walk, paging: Paging, size: int, names: list[str]) -> Iterator[Failure]:
    for exchange, page in zip(seen.exchanges, seen.pages, strict=True):
        if paging.size is not None and len(page) > size:
            said = f"must have at most {size} items, as asked for; it has {len(page)}"
            yield checks.broken(exchange, "page-size", said, "/body")
            return
        following, told = next_page(exchange, paging, names), more(exchange.value)
        if told is not None and paging.style == "cursor" and told != (following is not None):
            said = "must say of the next page the same everywhere: there is one, or there is none"
            yield checks.broken(exchange, "page-end", said, "/body")
            return
    counted = Counter(key_of(item, names) for item in seen.items)
    twice = [key for key, number in counted.items() if number > 1]
    if twice and not seen.repeated:
        said = f"must list each item once; {len(twice)} came twice"
        yield checks.broken(seen.exchanges[-1], "page-once", said, "/body")
    elif seen.repeated:
        yield _endless(seen)


def _totals(whole: Walk) -> Iterator[Failure]:
    for exchange in whole.exchanges:
        told = total_in(exchange.value)
        if told is not None and told != len(whole.items):
            said = f"must be the number of all items, {len(whole.items)}; it is {told}"
            yield checks.broken(exchange, "page-total", said, "/body")
            return


def _told(seen: Walk, paging: Paging, size: int) -> Iterator[Failure]:
    """
    Hold what pages say of themselves (their number, size, place, how many there are) to what was asked for.
    """
    before, last = 0, dict[str, int]()
    for index, (exchange, page) in enumerate(zip(seen.exchanges, seen.pages, strict=True)):
        told = dict(numbers_in(exchange.value))
        wanted = {plain(paging.size.name): size} if paging.size is not None else {}
        if paging.parameter is not None and paging.style == "page":
            wanted[plain(paging.parameter.name)] = first_page(paging) + index
        elif paging.parameter is not None and paging.style == "offset":
            wanted[plain(paging.parameter.name)] = before
        total = total_in(exchange.value)
        if total is not None and paging.size is not None:
            wanted |= dict.fromkeys(_PAGE_COUNTS, -(-total // size))
        for name in wanted.keys() & told.keys():
            if told[name] != wanted[name] and not (name in _PAGE_COUNTS and not total and told[name] in {0, 1}):
                said = f"must be {wanted[name]}, by what was asked for and answered; it is {told[name]}"
                yield checks.broken(exchange, "page-told", said, f"/body/*/{name}")
                return
        for name in _PAGE_NUMBERS & told.keys() & last.keys() - wanted.keys():
            if paging.style == "page" and told[name] != last[name] + 1:
                said = f"must be one more than on the page before ({last[name]}); it is {told[name]}"
                yield checks.broken(exchange, "page-told", said, f"/body/*/{name}")
                return
        before, last = before + len(page), told


def _size(maker: Maker, operation: Operation, paging: Paging) -> Script:
    path, _, _ = yield from _populate(maker, operation, "pagination/size")
    assert paging.size is not None
    found: list[Failure] = []
    for size in dict.fromkeys((size_of(paging, 1), size_of(paging, 3))):
        draft = maker.draft(operation, "pagination/size", "minimal", path).with_value("query", paging.size.name, size)
        exchange: Exchange = yield maker.request(draft)
        page = listing(exchange.value, paging) if exchange.succeeded else None
        if page is not None and len(page) > size:
            said = f"must have at most {size} items, as asked for; it has {len(page)}"
            found.append(checks.broken(exchange, "page-size", said, "/body"))
    schema = paging.size.schema
    default = schema.resolved.get("default") if schema is not None and isinstance(schema.resolved, dict) else None
    if isinstance(default, int):
        exchange = yield maker.request(maker.draft(operation, "pagination/default", "minimal", path))
        page = listing(exchange.value, paging) if exchange.succeeded else None
        if page is not None and len(page) > default:
            said = f"must have at most {default} items when no size is asked for; it has {len(page)}"
            found.append(checks.broken(exchange, "page-size", said, "/body"))
    return found


def _cursor(maker: Maker, operation: Operation, paging: Paging) -> Script:
    path, _, names = yield from _populate(maker, operation, "pagination/cursor")
    assert paging.parameter is not None
    base = maker.draft(operation, "pagination/cursor", "minimal", path)
    first: Exchange = yield maker.request(base)
    draft = base.with_value("query", paging.parameter.name, NOBODY)
    if not maker.is_valid(draft):
        raise Open("no made-up cursor keeps the contract")
    exchange: Exchange = yield maker.request(draft).provoking(400, 404, 422)
    known, got = listing(first.value, paging), listing(exchange.value, paging)
    if exchange.succeeded and got and known and key_of(got[0], names) == key_of(known[0], names):
        said = "must not be the first page: the cursor is one that nobody gave out"
        return [checks.broken(exchange, "page-cursor", said, "/status", "answer 400 for an unknown cursor")]
    return []


def _behind(maker: Maker, operation: Operation, paging: Paging) -> Script:
    path, _, _ = yield from _populate(maker, operation, "pagination/behind")
    assert paging.parameter is not None
    far = 1_000_000 + first_page(paging)
    draft = maker.draft(operation, "pagination/behind", "minimal", path).with_value("query", paging.parameter.name, far)
    if not maker.is_valid(draft):
        raise Open("the contract does not allow to ask far behind the end")
    exchange: Exchange = yield maker.request(draft).provoking(400, 404, 416, 422)
    page = listing(exchange.value, paging) if exchange.succeeded else None
    if page:
        said = "must be empty: it is far behind the last item"
        return [checks.broken(exchange, "page-end", said, "/body")]
    return []
