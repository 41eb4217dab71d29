"""
A refusal in a shape that a contract declares: what happened is said wherever the shape has a place for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aegis_contracts import Violation
from aegis_contracts.exchange._scalars import members, types
from aegis_contracts.json_pointer import find, split
from aegis_mockserver.core._messages import Problem

_TEXTS = ("message", "msg", "detail", "description", "title", "reason", "error", "text", "errormessage", "errordetail",
          "errordescription", "longmessage", "usermessage", "developermessage", "summary", "explanation", "errormsg",
          "statusmessage", "faultstring", "errorsummary")  # fmt: skip
_CODES = ("type", "code", "error", "errorcode", "errortype", "status", "reason", "name", "kind", "category", "slug",
          "statuscode", "errorname", "errorkey", "key", "domain", "result", "state")  # fmt: skip
_STATUSES = frozenset({"status", "statuscode", "code", "errorcode", "httpstatus", "httpcode", "httpstatuscode"})
_STATUS_TEXTS = frozenset({"status", "statuscode", "httpstatus", "httpstatuscode"})
_PLACES = frozenset({"param", "field", "pointer", "path", "parameter", "property", "location", "target", "attribute",
                     "fieldname", "propertypath", "loc", "propertyname", "source", "paramname"})  # fmt: skip
_LISTS = frozenset({"errors", "details", "violations", "issues", "fields", "params", "invalidparams", "messages",
                    "validationerrors", "fielderrors", "causes", "error", "errormessages", "faults", "detail",
                    "problems", "reasons", "invalidfields"})  # fmt: skip
_GOOD = frozenset({"success", "ok", "succeeded", "valid", "issuccess"})
_BAD = frozenset({"error", "iserror", "failed", "failure", "haserror", "haserrors"})
_ROUNDABOUT = ("requestid", "traceid", "timestamp", "instance", "documentationurl", "moreinfo", "href", "help", "date")
# What providers call a refusal of this status, likeliest first; then what they call any.
_WORDS: dict[int, tuple[str, ...]] = {
    400: ("invalidrequest", "badrequest", "validation", "invalidargument", "invalidparam", "invalid", "malformed"),
    401: ("unauthorized", "unauthenticated", "authentication", "auth", "token", "credential"),
    403: ("forbidden", "permission", "accessdenied", "notallowed", "authorization"),
    404: ("notfound", "missing", "nosuch", "doesnotexist", "unknown", "invalidid"),
    405: ("methodnotallowed", "method"),
    406: ("notacceptable",),
    409: ("conflict", "alreadyexists", "duplicate", "exists", "inuse"),
    410: ("gone", "deleted", "notfound"),
    413: ("toolarge", "large"),
    415: ("unsupportedmedia", "mediatype", "unsupported"),
    422: ("unprocessable", "validation", "invalid", "badrequest", "semantic"),
    429: ("ratelimit", "toomany", "throttl", "quota", "limit"),
    503: ("unavailable", "overloaded", "maintenance"),
}
_CLIENT = ("invalidrequest", "badrequest", "client", "requesterror", "invalid", "error", "fail", "other", "unknown")
_SERVER = ("internal", "servererror", "apierror", "server", "error", "fail", "unknown", "other")
_SUCCESSES = frozenset({"ok", "success", "succeeded", "200", "201", "completed", "true"})
_STATUS = re.compile("[1-5][0-9]{2}")
_DEPTH = 6
_ENTRIES = 20


class Teller:
    """
    Says one problem in the words of one schema.

    Args:
        root: the schema of the answer.
        exact: the likeness is an example for this very status: its codes may stay.
        said: in one text, what happened.
    """

    def __init__(self, problem: Problem, root: Any, path: str, said: str, *, exact: bool) -> None:
        self._problem = problem
        self._root = root
        self._path = path
        self._said = said
        self._exact = exact
        messages = (text for each in problem.violations for text in (each.message, each.told, each.pointer))
        self._known = frozenset({said, problem.code, problem.title, problem.status, str(problem.status), *messages})

    def tell(self, value: Any) -> Any:
        """
        Return a copy of a likeness that tells what happened.
        """
        return self._tell(value, self._root, "", None, 0)

    def _tell(self, value: Any, node: Any, name: str, violation: Violation | None, depth: int) -> Any:
        if depth > _DEPTH:
            return value
        if isinstance(value, dict):
            return self._object(value, node, violation, depth)
        if isinstance(value, list):
            return self._list(value, node, name, violation, depth)
        return self._leaf(value, node, name, violation)

    def _object(self, value: Mapping[str, Any], node: Any, violation: Violation | None, depth: int) -> dict[str, Any]:
        branch = self._branch(node)
        if branch:
            own = {key: part for key, part in self._resolved(node).items() if key not in {"oneOf", "anyOf"}}
            node = {"allOf": [own, branch]}
        named, required = members(node, self._root), self._required(node)
        if branch:  # what the likeness has of another branch is not this one's
            value = {name: each for name, each in value.items() if name in named}
        placed = any(_plain(name) in _PLACES for name in named)
        out: dict[str, Any] = {}
        for name, inner in {**value, **dict.fromkeys(self._missing(named, value))}.items():
            told = self._tell(inner, named.get(name, {}), name, violation, depth + 1)
            if violation is not None and not placed and told == violation.message:
                told = violation.told  # the text is the only place for where it is
            if name not in required and isinstance(told, dict | list) and not self._says(told):
                continue  # a thing made up says what nobody knows
            if told is not None or name in required or (inner is None and name in value):
                out[name] = told if told is not None else inner
        return out

    def _says(self, told: Any) -> bool:
        """
        Say whether a part tells anything of what happened, or may do so because its contract gives it.
        """
        if self._exact or not told:
            return True
        parts = told.values() if isinstance(told, dict) else told
        return any(self._says(part) if isinstance(part, dict | list) else part in self._known for part in parts)

    def _branch(self, node: Any) -> dict[str, Any]:
        """
        Choose, of the shapes that a refusal may have, the one whose fixed code says what happened.
        """
        found = self._resolved(node)
        branches = [dict(self._resolved(part)) for key in ("oneOf", "anyOf") for part in found.get(key, ())]
        best: tuple[int, dict[str, Any]] | None = None
        for branch in branches:
            for name, inner in members(branch, self._root).items():
                match self._enum(inner) if _plain(name) in _CODES else None:
                    case [code] if (place := self._nearness(str(code))) is not None and (not best or place < best[0]):
                        best = place, branch
                    case _:
                        pass
        return best[1] if best else {}

    @staticmethod
    def _missing(named: Mapping[str, Any], value: Mapping[str, Any]) -> list[str]:
        """
        Name the texts that the likeness left out.
        """
        return [name for name in named if name not in value and _plain(name) in {"message", "detail", "code"}]

    def _list(self, value: list[Any], node: Any, name: str, violation: Violation | None, depth: int) -> Any:
        if _plain(name) in _PLACES and (violation or self._problem.violations):
            steps = split((violation or self._problem.violations[0]).pointer)
            counted = "integer" in types(self._items(node), self._root)
            return [int(step) if counted and step.isdecimal() and len(step) < 10 else step for step in steps]
        if not value:
            return value
        template = value[0]
        if name and _plain(name) not in _LISTS:
            return value if self._exact else [self._tell(template, self._items(node), "", violation, depth)]
        told: list[Violation | None] = list(self._problem.violations[:_ENTRIES]) or [violation]
        if isinstance(template, str):
            return [each.told if each is not None else self._said for each in told]
        return [self._tell(template, self._items(node), name, each, depth) for each in told]

    def _leaf(self, value: Any, node: Any, name: str, violation: Violation | None) -> Any:
        key, kinds = _plain(name), types(node, self._root)
        enum = self._enum(node)
        if isinstance(value, bool):
            return False if key in _GOOD else True if key in _BAD else value
        if (isinstance(value, int | float) or (value is None and "integer" in kinds)) and key in _STATUSES:
            return self._problem.status if self._may_be_status(node, enum) else value
        if not isinstance(value, str) and not (value is None and "string" in kinds):
            return value
        if enum is not None:
            return self._chosen(enum, value) if key in _CODES or not self._exact else value
        if key in _PLACES:
            return self._place(key, value, violation)
        if key in _TEXTS and not (key in {"error", "reason"} and self._exact):
            return violation.message if violation is not None and key != "title" else self._told_shortly(key)
        if key in _CODES:
            return self._code(key, value)
        if self._exact or key in _ROUNDABOUT or "id" in key or self._fixed(node):
            return value
        return None  # a text made up says what nobody knows

    def _may_be_status(self, node: Any, enum: list[Any] | None) -> bool:
        """
        Say whether a number may be the status: a provider's own numbers are often of another range.
        """
        status, found = self._problem.status, self._resolved(node)
        if enum is not None:
            return status in enum
        return bool(found.get("minimum", status) <= status <= found.get("maximum", status))

    def _told_shortly(self, key: str) -> str:
        return self._problem.title if key in {"title", "summary"} else self._said

    def _code(self, key: str, value: Any) -> Any:
        if key in _STATUS_TEXTS and not (self._exact and value and not _STATUS.fullmatch(value)):
            return str(self._problem.status)
        return value if self._exact and value else self._problem.code

    def _place(self, key: str, value: Any, violation: Violation | None) -> Any:
        if violation is None and self._problem.violations:
            violation = self._problem.violations[0]
        if violation is None:
            return self._path if key == "path" else value if self._exact else None
        pointer = violation.pointer
        return pointer if key in {"pointer", "path", "location"} else pointer.rpartition("/")[2] or pointer

    def _chosen(self, enum: list[Any], value: Any) -> Any:
        texts = [one for one in enum if isinstance(one, str)]
        status = self._problem.status
        if str(status) in texts:
            return str(status)
        near = [(place, one) for one in texts if (place := self._nearness(one)) is not None]
        if near:
            return min(near, key=lambda pair: pair[0])[1]
        return next((one for one in texts if _plain(one) not in _SUCCESSES), value)

    def _nearness(self, text: str) -> int | None:
        """
        Say how likely a provider would call this refusal so, 0 for likeliest; None where it says nothing of it.
        """
        status, said = self._problem.status, _plain(text)
        wanted = (_plain(self._problem.code), *_WORDS.get(status, ()), *(_CLIENT if status < 500 else _SERVER))
        return next((place for place, word in enumerate(wanted) if word and word in said), None)

    def _resolved(self, node: Any) -> Mapping[str, Any]:
        for _ in range(16):
            if isinstance(node, dict) and "$ref" in node:
                node = find(self._root, str(node["$ref"]).removeprefix("#"))
        return node if isinstance(node, dict) else {}

    def _enum(self, node: Any) -> list[Any] | None:
        found = self._resolved(node)
        if "const" in found:
            return [found["const"]]
        given = found.get("enum")
        return given if isinstance(given, list) else None

    def _fixed(self, node: Any) -> bool:
        found = self._resolved(node)
        return "format" in found or "pattern" in found

    def _items(self, node: Any) -> Any:
        return self._resolved(node).get("items", {})

    def _required(self, node: Any) -> frozenset[str]:
        found = self._resolved(node)
        required = set(found.get("required", ()))
        for part in found.get("allOf", ()):
            required |= self._required(part)
        return frozenset(required)


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))
