"""
A client of one style, as its users write it: it makes, reads, changes and deletes items and goes through all pages.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from aegis_contracts import load
from aegis_mockserver import Reply, Site

from .styles import FORM, Style, document

HOST = "127.0.0.1:4010"


class Client:
    """
    A client of a mock of its own.
    """

    def __init__(self, style: Style) -> None:
        self.style = style
        self.site = Site([load(document(style))], seed="styles")

    def call(self, method: str, target: str, body: Any = None, media_type: str = "") -> Reply:
        """
        Call; a body is sent as the style has it.
        """
        headers = [(b"host", HOST.encode())]
        content = b""
        if body is not None:
            media_type = media_type or self.style.media_type
            content = urlencode(body).encode() if media_type == FORM else json.dumps(body).encode()
            headers.append((b"content-type", media_type.encode()))
        return self.site.respond(method, target.encode(), tuple(headers), content)

    def make(self, text: str) -> Any:
        """
        Make an item, and return it without its envelope.
        """
        reply = self.call("POST", self._path(self.style.collection), self._wrapped(text))
        assert reply.status == 201, reply.body
        return self.item(reply)

    def change(self, key: Any, text: str) -> Reply:
        """
        Change an item.
        """
        return self.call(self.style.change, self.address(key), self._wrapped(text))

    def address(self, key: Any) -> str:
        """
        Return the path of an item.
        """
        return self._path(self.style.item.replace(f"{{{self.style.name[0]}}}", quote(str(key), safe="")))

    def key(self, item: Any) -> Any:
        """
        Return what an item is called.
        """
        return at(item, self.style.id)

    def text(self, item: Any) -> Any:
        """
        Return what was posted of an item.
        """
        return at(item, tuple(self.style.field.split(".")))

    def item(self, reply: Reply) -> Any:
        """
        Take the envelope off.
        """
        return _inside(json.loads(reply.body), self.style.shown)

    def pages(self, size: int) -> list[list[Any]]:
        """
        Go through the pages as the style's own clients do.
        """
        style, found = self.style, list[list[Any]]()
        method, path = style.listing[0], self._path(style.listing[1] or style.collection)
        asked: dict[str, Any] = {style.size: size}
        target = ""
        for _ in range(40):
            if method == "POST":
                reply = self.call("POST", path, asked, "application/json")
            else:
                reply = self.call("GET", target or f"{path}?{urlencode(asked)}")
            assert reply.status == 200, reply.body
            value = json.loads(reply.body)
            page = _inside(value, style.listed)
            found.append(page)
            following = self._next(value, page, reply, asked, size)
            if following is None:
                return found
            if isinstance(following, str):
                target = following
            else:
                asked = {**asked, **following}
        raise AssertionError("the pages have no end")

    def _next(self, value: Any, page: list[Any], reply: Reply, asked: dict[str, Any], size: int) -> Any:
        match self.style.walk:
            case ("last id", name, more):
                goes_on = at(value, (more,)) if more else len(page) == size
                return {name: self.key(page[-1])} if goes_on else None
            case ("link",):
                link = next((value.decode() for name, value in reply.headers if name == b"link"), "")
                found = re.search(r'<([^>]+)>; rel="next"', link)
                return _own(found[1]) if found else None
            case ("address", where):
                address = at(value, tuple(where.split("."))) if where not in value else value[where]
                return _own(address) if address else None
            case ("token", name, where):
                token = at(value, tuple(where.split(".")))
                return {name: token} if token else None
            case ("number", name, last):
                return None if at(value, (last,)) else {name: asked.get(name, 0) + 1}
            case ("number", name):
                return {name: asked.get(name, 1) + 1} if page else None
            case ("offset", name, last):
                done = at(value, (last,)) if last else len(page) < size
                return None if done else {name: asked.get(name, 0) + len(page)}
            case ("offset from 1", name, _):
                return {name: asked.get(name, 1) + len(page)} if page else None
        raise AssertionError(self.style.walk)

    def _path(self, path: str) -> str:
        return re.sub(r"\{[^{}]+\}", "one", path)

    def _wrapped(self, text: str) -> Any:
        body: Any = text
        for step in reversed(self.style.field.split(".")):
            body = {step: body}
        shape = self.style.shown if self.style.taken is None else self.style.taken
        return _around(body, shape)


def at(value: Any, steps: tuple[str, ...]) -> Any:
    """
    Return a member, at any depth.
    """
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _own(address: str) -> str:
    parts = urlsplit(address)
    assert parts.netloc in {"", HOST}, address
    return f"{parts.path}?{parts.query}"


def _inside(value: Any, shape: Any) -> Any:
    """
    Return what stands in the place of ``ITEM``, or of the list of them.
    """
    if shape == "ITEM":
        return value
    if shape.get("type") == "array":
        return [_inside(each, shape["items"]) for each in value]
    for name, part in shape["properties"].items():
        if "ITEM" in json.dumps(part):
            return _inside(value[name], part)
    raise AssertionError(shape)


def _around(body: Any, shape: Any) -> Any:
    if shape == "ITEM":
        return body
    if shape.get("type") == "array":
        return [_around(body, shape["items"])]
    name, part = next((name, part) for name, part in shape["properties"].items() if "ITEM" in json.dumps(part))
    return {name: _around(body, part)}
