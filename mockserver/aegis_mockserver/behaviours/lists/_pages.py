"""
Pages of a list as its ``Page`` says: which one a request asks for, and what its answer tells of the others.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

from aegis_contracts import Operation, Violation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.lists._cursors import Cursor, Window
from aegis_mockserver.behaviours.resources._names import plain
from aegis_mockserver.behaviours.resources._paging import header_told
from aegis_mockserver.behaviours.resources._resource import Input, Output, Page, Steps
from aegis_mockserver.behaviours.resources._shapes import Shape, key_text
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.core.operations._addresses import base_of

_MISSING: Any = object()
_LEADING = frozenset({"next token", "next address", "more", "last"})
_EXPRESSION = re.compile(r"\{([^{}]+)\}")


class Pages:
    """
    Reads pages of one operation, and writes what is told of them.

    Args:
        answer: the schema of the operation's answer.
    """

    def __init__(self, page: Page, operation: Operation, answer: Shape) -> None:
        self.page = page
        self._operation = operation
        self._answer = answer
        self._home = base_of(operation)
        self._source = next((p.source for p in operation.parameters if page.after and p.name == page.after.name), "")
        self._relative = {
            output.steps for output in page.outputs if "address" in output.carries and _is_relative(answer, output)
        }

    @cached_property
    def _leading(self) -> frozenset[Steps]:
        """
        Where there is a member that may be left out and tells of nothing but the next page (``paging.next.after``).
        """
        leads = {output.steps for output in self.page.outputs if output.carries in {"next token", "next address"}}
        sizes = {output.steps for output in self.page.outputs if output.carries == "size"}
        found: set[Steps] = set()
        for steps in {each[:-1] for each in leads if len(each) > 1}:
            around = self._answer.at(steps[:-1])
            inner = self._answer.at(steps).properties
            beside = sizes if plain(steps[-1]).startswith("next") else frozenset()  # of the page that is next
            if steps[-1] not in around.required and all((*steps, name) in leads | beside for name in inner):
                found.add(steps)
        return frozenset(found)

    @cached_property
    def told(self) -> frozenset[Steps]:
        """
        Where the envelope tells of pages.
        """
        return frozenset(output.steps for output in self.page.outputs)

    @property
    def lead_on(self) -> bool:
        """
        Say whether an answer leads to another page: one that was made up would lead a client on for ever, or away.
        """
        return self.page.link or any(output.carries in _LEADING for output in self.page.outputs)

    def beyond(self, reading: Reading) -> bool:
        """
        Say whether another page than the first is asked for by its number.
        """
        number = _number(_given(self.page.number, reading))
        return number is not None and number > self.page.first

    def window(self, reading: Reading, store: Container[str] | None = None) -> Window | Problem:
        """
        Read which part is asked for; a cursor that was never given out is refused.
        """
        page = self.page
        size = _number(_given(page.size, reading))
        size = page.default if size is None else max(0, size)
        if page.most is not None:
            size = min(size, page.most)
        for asked in (page.after, page.before):
            text = key_text(_given(asked, reading)) if _given(asked, reading) not in (None, "", _MISSING) else ""
            if not text or asked is None:
                continue
            if asked is page.before:
                known = store is not None and text in store
                return Window(0, size, before=text) if known else self._unknown(asked)
            return self._after(text, size, store, asked)
        if (offset := _number(_given(page.offset, reading))) is not None:
            base = 1 if self._counts_from_one else 0
            return Window(max(0, offset - base), size)
        if (number := _number(_given(page.number, reading))) is not None:
            return Window(max(0, number - page.first) * size, size, number)
        return Window(0, size, page.first)

    @property
    def _counts_from_one(self) -> bool:
        """
        Whether the first item has the number 1 (SCIM, RFC 7644 §3.4.2.4).
        """
        return self.page.offset is not None and self.page.offset.name in {"startIndex", "startPosition"}

    def _after(self, text: str, size: int, store: Container[str] | None, asked: Input) -> Window | Problem:
        if store is not None and text in store:
            return Window(0, size, cursor=Cursor(0, text))
        cursor = Cursor.read(text)
        if (
            cursor is None
            and self.page.style == "token"
            and text.isascii()
            and text.isdecimal()
            and len(text) < 10
            and self._counted(asked)
        ):
            return Window(int(text), size)
        return Window(cursor.position, size, cursor=cursor) if cursor is not None else self._unknown(asked)

    def _counted(self, asked: Input) -> bool:
        return asked.counts or any(
            out.carries == "next token" and "string" not in out.types for out in self.page.outputs
        )

    def _unknown(self, asked: Input) -> Problem:
        violation = Violation(
            f"/{asked.where}/{asked.name}",
            "cursor",
            "must be a cursor that this service gave out",
            self._source,
            "send the cursor that came with the page before, or leave it out",
        )
        declared = self._operation.responses
        status = 422 if "422" in declared and "400" not in declared else 400
        return Problem("invalid_request", status, "1 rule is violated.", violations=(violation,))

    def tell(self, envelope: Any, window: Window, reading: Reading) -> None:
        """
        Write totals, cursors, addresses and flags into the envelope around a page.
        """
        for output in self.page.outputs:
            self._write(envelope, output, self._told(output, window, reading))

    def links(self, window: Window, reading: Reading) -> str:
        """
        Return the value of a ``Link`` header (RFC 8288); empty where the list is told otherwise.
        """
        if not self.page.link:
            return ""
        found = [
            (relation, self._address(carried, window, reading))
            for relation, carried in (("next", "next"), ("prev", "previous"), ("first", "first"), ("last", "last"))
        ]
        return ", ".join(f'<{self._home}{address}>; rel="{relation}"' for relation, address in found if address)

    @cached_property
    def _headers(self) -> list[Output]:
        response = self._operation.response(200)
        types = frozenset({"integer" if self.page.number is not None else "string"})
        named = response.headers if response is not None else {}
        return [Output((name,), carried, types, False) for name in named if (carried := header_told(name)) is not None]

    def headers(self, window: Window, reading: Reading) -> dict[str, str]:
        """
        Return the headers that tell of pages: ``Link``, and what the contract declares beside (``X-Total``).
        """
        link = self.links(window, reading)
        found = {"Link": link} if link else {}
        for output in self._headers:
            told = self._told(output, window, reading)
            found[output.steps[0]] = "" if told is None else str(told)
        return found

    def _told(self, output: Output, window: Window, reading: Reading) -> Any:
        """
        Return what a member tells; None for a page that there is none of.
        """
        size = window.size
        match output.carries:
            case "next token":
                return self._token(output, window) if window.more else None
            case "previous token":
                return self._previous(output, window)
            case "total":
                return window.total
            case "shown":
                return len(window.shown)
            case "more":
                return window.more
            case "last":
                return not window.more
            case "first":
                return window.start == 0
            case "pages":
                return -(-window.total // size) if size else 0
            case "offset":
                return window.start + (1 if self._counts_from_one else 0)
            case "number":
                return window.start // size + self.page.first if size else window.number
            case "size":
                return size
            case "last id" | "first id":
                index = -1 if output.carries == "last id" else 0
                return window.shown[index].key if window.shown else None
            case _:
                address = self._address(output.carries.partition(" ")[0], window, reading)
                if not address:
                    return None
                return (self._base if output.steps in self._relative else self._home) + address

    def _token(self, output: Output, window: Window) -> Any:
        written = "string" in output.types or not output.types
        if written and (self.page.after is not None or (self.page.number is None and self.page.offset is None)):
            return str(window.next)
        following = window.start + window.size
        if self.page.number is not None:
            following = window.start // max(1, window.size) + self.page.first + 1
        return str(following) if written else following

    def _previous(self, output: Output, window: Window) -> Any:
        if window.start <= 0:
            return None
        start = max(0, window.start - window.size)
        if "string" in output.types:
            return str(Cursor(start))
        return start // max(1, window.size) + self.page.first if self.page.number is not None else start

    @property
    def _base(self) -> str:
        servers = self._operation.servers
        try:
            return urlsplit(str(servers[0].get("url", ""))).path.rstrip("/") if servers else ""
        except ValueError:
            return ""

    def _address(self, which: str, window: Window, reading: Reading) -> str:
        """
        Return path and query of another page of the list; empty where there is none.
        """
        size, start = max(1, window.size), window.start
        last = max(0, (window.total - 1) // size * size)
        starts = {"next": start + size, "previous": start - size, "first": 0, "last": last, "own": start}
        at = starts[which]
        if (which == "next" and not window.more) or (which == "previous" and start <= 0):
            return ""
        query = {name: value for name, value in reading.query.items() if not isinstance(value, dict)}
        page, at = self.page, max(0, at)
        if page.number is not None:
            query[page.number.name] = at // size + page.first
        elif page.offset is not None:
            query[page.offset.name] = at + (1 if self._counts_from_one else 0)
        elif page.after is not None:
            query.pop(page.after.name, None)
            if which == "next":
                last_key = window.shown[-1].key if window.shown else ""
                query[page.after.name] = last_key if page.style == "item" else str(window.next)
            elif at:
                query[page.after.name] = str(Cursor(at))
        elif which != "own" or at:
            query["page_token"] = str(window.next if which == "next" else Cursor(at))
        query = _members(query, page, reading)
        return f"{self._path(reading)}{'?' if query else ''}{urlencode(query, doseq=True)}"

    def _path(self, reading: Reading) -> str:
        from urllib.parse import quote

        return _EXPRESSION.sub(
            lambda match: quote(key_text(reading.path.get(match[1], "")), safe="~@:!$&'()*+,;="), self._operation.path
        )

    def _write(self, envelope: Any, output: Output, value: Any) -> None:
        node = envelope
        for number, step in enumerate(output.steps[:-1], 1):
            if value is None and isinstance(node, dict) and output.steps[:number] in self._leading:
                node.pop(step, None)  # an empty cursor would be followed for ever
                return
            inner = node.get(step) if isinstance(node, dict) else None
            if not isinstance(inner, dict):
                if value is None or not isinstance(node, dict):
                    return
                inner = node[step] = {}
            node = inner
        if not isinstance(node, dict):
            return
        name = output.steps[-1]
        if value is not None:
            node[name] = value
        elif "null" in output.types:
            node[name] = None
        elif not output.required:
            node.pop(name, None)
        elif "string" in output.types:
            node[name] = ""
        else:
            node[name] = 0


def _members(query: dict[str, Any], page: Page, reading: Reading) -> dict[str, Any]:
    """
    Write parameters that are objects (``page[number]``) member by member.
    """
    out: dict[str, Any] = {}
    moved = {one.name: one for one in (page.number, page.offset, page.after) if one is not None and one.member}
    for name, value in query.items():
        if isinstance(value, bool):
            out[name] = "true" if value else "false"
        elif name not in moved:
            out[name] = value
    for name, value in reading.query.items():
        if isinstance(value, dict):
            out |= {f"{name}[{member}]": inner for member, inner in value.items()}
    for name, one in moved.items():
        if name in query:
            out[f"{name}[{one.member}]"] = query[name]
    return out


def _is_relative(answer: Shape, output: Output) -> bool:
    """
    Say whether an address is written without its origin.
    """
    node: Mapping[str, Any] = answer.at(output.steps).node
    example = node.get("example", next(iter(node.get("examples") or ()), ""))
    return str(example).startswith("/") or node.get("format") == "uri-reference"


def _given(asked: Input | None, reading: Reading) -> Any:
    """
    Return what a request gives; None where it does not.
    """
    if asked is None:
        return None
    source: Any = reading.query if asked.where == "query" else reading.body
    found = source.get(asked.name) if isinstance(source, dict) else None
    if asked.member:
        found = found.get(asked.member) if isinstance(found, dict) else None
    return found


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
