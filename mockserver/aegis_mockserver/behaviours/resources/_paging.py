"""
How a list is paged: which parameters ask for a page, and which members of the answer tell of the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from aegis_contracts import Operation
from aegis_contracts.exchange import kind
from aegis_mockserver.behaviours.resources._names import plain
from aegis_mockserver.behaviours.resources._resource import Carried, Input, Output, Page, Steps, Style
from aegis_mockserver.behaviours.resources._shapes import Shape
from aegis_mockserver.core.contents._content import sent_type

DEFAULT_SIZE = 20
_SIZES = frozenset({"limit", "size", "perpage", "pagesize", "maxresults", "maxitems", "count", "take", "first", "top",
                    "pagelimit", "resultsperpage", "rpp", "itemsperpage", "numresults", "maxrecords", "maxpagesize",
                    "recordsperpage", "pagesizelimit", "maxresultsperpage", "rows", "pagecount"})  # fmt: skip
_OFFSETS = frozenset({"offset", "skip", "start", "startindex", "startat", "from", "pageoffset", "skipcount",
                      "startposition", "firstresult", "resultoffset"})  # fmt: skip
_NUMBERS = frozenset({"page", "pagenumber", "pageno", "pagenum", "pageindex", "p", "currentpage", "pageid"})
_AFTER = frozenset({"cursor", "after", "next", "pagetoken", "startingafter", "startcursor", "nexttoken", "nextcursor",
                    "continuationtoken", "continue", "marker", "pageafter", "pagecursor", "aftercursor", "afterid",
                    "paginationtoken", "bookmark", "skiptoken", "scrollid", "starttoken", "nextpagetoken", "sinceid",
                    "exclusivestartkey", "startkey", "lastid", "aftertoken", "pagekey", "cursormark", "position",
                    "paginationcursor", "lastkey", "startafter", "nextpage", "page", "start", "offset", "from",
                    "iterator"})  # fmt: skip
_BEFORE = frozenset({"endingbefore", "before", "beforeid", "pagebefore", "beforecursor", "untilid"})
_TOTALS = frozenset({"total", "totalcount", "totalitems", "totalelements", "totalresults", "matched", "totalrecords",
                     "odatacount", "totalsize", "totalhits", "recordcount", "totalrows", "resultcount", "numfound",
                     "itemcount", "nbitems", "nbhits", "nbresults"})  # fmt: skip
_COUNTS = frozenset({"count", "size", "numberofelements", "resultscount", "currentitemcount"})
_MORE = frozenset({"hasmore", "hasnext", "hasnextpage", "more", "hasmoreitems", "hasmoreresults", "moreresults",
                   "ismore", "morepages", "hasmorepages", "truncated", "istruncated", "incomplete"})  # fmt: skip
_LAST = frozenset({"last", "islast", "islastpage"})
_FIRST = frozenset({"first", "isfirst", "isfirstpage"})
_PAGES = frozenset({"totalpages", "pages", "pagecount", "lastpage", "numpages", "pagestotal", "totalpage", "nbpages"})
_TOKENS = frozenset({"nextcursor", "nextpagetoken", "nexttoken", "next", "cursor", "continuationtoken", "endcursor",
                     "nextpage", "after", "nextoffset", "marker", "nextmarker", "aftercursor", "scrollid", "offset",
                     "pagetoken", "bookmark", "nextkey", "cursormark", "nextcursormark", "nextskiptoken", "nextpagekey",
                     "nextpagecursor", "lastevaluatedkey", "paginationtoken", "continue", "nextstart",
                     "nextpageid", "startingafter"})  # fmt: skip
_PREVIOUS = frozenset({"previouscursor", "prevcursor", "previouspagetoken", "previous", "prev", "previouspage",
                       "prevpage", "prevpagetoken", "before", "beforecursor", "previoustoken",
                       "prevtoken"})  # fmt: skip
_ADDRESSED = ("url", "uri", "link", "href")
_STEMS: tuple[tuple[str, Carried], ...] = (
    ("next", "next address"),
    ("prev", "previous address"),
    ("first", "first address"),
    ("last", "last address"),
    ("self", "own address"),
)
_SPRING = frozenset({"totalElements", "totalPages", "number", "size"})  # what Spring Data tells; it counts from 0
_BEGINS = re.compile(
    r"\b(?:(?P<zero>zero|0)|one|1)[- ](?:based|indexed)\b"
    r"|\b(?:start|begin|count|number)\w*\s+(?:at|from|with)\s+(?:page\s+)?(?:(?P<at_zero>zero|0)|one|1)\b",
    re.IGNORECASE,
)
_DEPTH = 3
SILENT = Input("page", "query", "", True)  # taken where a contract is silent about it


def page_of(operation: Operation, answer: Shape, items: Steps) -> Page:
    """
    Work out how a list operation is paged.

    Args:
        answer: the schema of its answer.
        items: where in the answer the items are.
    """
    inputs = list(_inputs(operation))
    size = _named(inputs, _SIZES, counting=True)
    before = _named(inputs, _BEFORE)
    number = _named(inputs, _NUMBERS, counting=True)
    offset = _named(inputs, _OFFSETS, counting=True)
    after = next((one for one, schema in inputs if _is_after(one, schema, size, number, offset)), None)
    outputs = tuple(_outputs(answer, (), items, 0))
    told = any(output.carries in {"next token", "next address"} for output in outputs)
    style: Style = "whole"
    if after is not None:
        style = "token" if told else "item"
    elif number is not None:
        style = "number"
    elif offset is not None:
        style = "offset"
    elif told and size is not None:
        style = "token"
    schemas = {str(one): schema for one, schema in inputs}
    node = schemas[str(size)] if size is not None else {}
    paged = style != "whole" or size is not None
    default = _whole(node.get("default")) or (min(DEFAULT_SIZE, _whole(node.get("maximum")) or DEFAULT_SIZE))
    most = _most(answer, items) or _whole(node.get("maximum"))
    if not paged:
        default = most or 10_000
    if not paged and number is None and any(output.carries in {"number", "pages"} for output in outputs):
        number = SILENT  # what the answer counts may be asked for, though nobody says how
    first = _first(operation, number, schemas.get(str(number), {})) if number is not None else 1
    first = 0 if first is None and _members(outputs) >= _SPRING else first
    response = operation.response(200)
    linked = response is not None and any(name.lower() == "link" for name in response.headers)
    return Page(
        style,
        size,
        after,
        before,
        offset,
        number,
        1 if first is None else first,
        default,
        most,
        outputs,
        linked or (paged and not told),
    )


def _members(outputs: Iterable[Output]) -> set[str]:
    return {output.steps[-1] for output in outputs}


def header_told(name: str) -> Carried | None:
    """
    Say what a header of a list's answer tells of its pages (``X-Total``, ``X-Next-Page``).
    """
    key = plain(name)
    if not name.lower().startswith("x-"):
        return None
    key = key.removeprefix("x").removeprefix("pagination")
    return _number(key, counted=False) if key not in {"limit", "from", "p", "first"} else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _most(answer: Shape, items: Steps) -> int | None:
    return _whole(answer.at(items).node.get("maxItems"))


def _first(operation: Operation, number: Input, node: Mapping[str, Any]) -> int | None:
    """
    Say which number the first page has, by the contract's own words, else by what its schema allows; None where it
    says nothing.
    """
    told = [parameter.node for parameter in operation.parameters if parameter.name == number.name]
    for each in (*told, node):
        said = _BEGINS.search(str(each.get("description", "")))
        if said is not None:
            return 0 if said["zero"] or said["at_zero"] else 1
    if node.get("default") == 1:
        return 1
    return 0 if 0 in (node.get("minimum"), node.get("default"), *(each.get("example") for each in told)) else None


def _inputs(operation: Operation) -> Iterator[tuple[Input, Mapping[str, Any]]]:
    for parameter in operation.parameters:
        if parameter.location != "query":
            continue
        shape = Shape.of(parameter.schema, "request")
        inner = shape.properties
        if "object" in shape.types and inner:
            for name, part in inner.items():
                yield _input(parameter.name, "query", name, part), part.node
        else:
            yield _input(parameter.name, "query", "", shape), shape.node
    body = operation.request_body
    content = body.content if body is not None else {}
    media = next((media for name, media in content.items() if kind(sent_type(name)) in {"json", "form"}), None)
    if media is not None:
        for name, part in Shape.of(media.schema, "request").properties.items():
            yield _input(name, "body", "", part), part.node


def _input(name: str, where: Literal["query", "body"], member: str, shape: Shape) -> Input:
    types = shape.types
    return Input(name, where, member, bool(types & {"integer", "number"}) and "string" not in types)


def _key(one: Input) -> str:
    return plain(f"{one.name}{one.member}")


def _named(inputs: list[tuple[Input, Any]], names: frozenset[str], *, counting: bool = False) -> Input | None:
    return next((one for one, _ in inputs if _key(one) in names and (one.counts or not counting)), None)


def _is_after(
    one: Input, schema: Mapping[str, Any], size: Input | None, number: Input | None, offset: Input | None
) -> bool:
    dated = schema.get("format") in {"date", "date-time"}
    return _key(one) in _AFTER and one not in (size, number, offset) and not dated


def _outputs(shape: Shape, steps: Steps, items: Steps, depth: int) -> Iterator[Output]:
    properties = shape.properties
    counted = any(plain(name) in _TOTALS for name in properties)
    for name, part in properties.items():
        here = (*steps, name)
        if here == items[: len(here)] and len(here) == len(items):
            continue
        carried = _carried(name, part, steps, counted=counted)
        if carried is not None:
            yield Output(here, carried, part.types, name in shape.required)
        elif "object" in part.types and depth < _DEPTH:
            yield from _outputs(part, here, items, depth + 1)


def _carried(name: str, part: Shape, steps: Steps, *, counted: bool) -> Carried | None:
    key, types = plain(name), part.types
    if "string" in types and (address := _address(key, part, steps)) is not None:
        return address
    if "boolean" in types:
        return "more" if key in _MORE else "last" if key in _LAST else "first" if key in _FIRST else None
    if types & {"integer", "number"} and "string" not in types:
        return "number" if key == "number" and counted else _number(key, counted=counted)
    if types & {"string", "integer"} and "object" not in types:
        if key in _TOKENS:
            return "next token"
        if key in _PREVIOUS:
            return "previous token"
        return "last id" if key == "lastid" else "first id" if key == "firstid" else None
    return None


def _address(key: str, part: Shape, steps: Steps) -> Carried | None:
    node = part.node
    stem: Carried | None = next((carried for stem, carried in _STEMS if key.startswith((stem, f"odata{stem}"))), None)
    if key == "href" and steps:
        return next((carried for each, carried in _STEMS if plain(steps[-1]).startswith(each)), None)
    if stem is None and steps and plain(steps[-1]) in {"next", "nextpage"} and key in {*_ADDRESSED, "path"}:
        return "next address"
    if stem is None:
        return None
    example = node.get("example", next(iter(node.get("examples") or ()), ""))
    looks = str(example).startswith(("http://", "https://", "/")) or node.get("format") in {
        "uri",
        "uri-reference",
        "url",
    }
    among = bool(steps) and plain(steps[-1]) in {"links", "link", "pagelinks"}
    return stem if looks or among or key.endswith(_ADDRESSED) else None


def _number(key: str, *, counted: bool) -> Carried | None:
    named: tuple[tuple[frozenset[str], Carried], ...] = (
        (_TOTALS, "total"),
        (frozenset({"nextpage", "nextoffset", "nextcursor", "next", "nextstart", "cursor"}), "next token"),
        (frozenset({"prevpage", "previouspage", "prev", "previous"}), "previous token"),
        (_COUNTS - {"size"}, "shown" if counted else "total"),
        (_PAGES, "pages"),
        (_OFFSETS, "offset"),
        (_SIZES, "size"),
        (_NUMBERS, "number"),
    )
    return next((carried for names, carried in named if key in names), None)
