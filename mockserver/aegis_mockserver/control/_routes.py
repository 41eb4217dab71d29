"""
Control operations under ``/__mock__/``: a table that modules add themselves to.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

import msgspec

from aegis_contracts import Match, MethodNotAllowed, Routes
from aegis_mockserver.control._guard import Guard
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._provider import Provider
from aegis_mockserver.world import World
from aegis_mockserver.world._messages import CONTROL, LONGEST, Request
from aegis_mockserver.world._nearest import meant

_SECTION = re.compile(r"(Query|Body|Answers):")
_ENTRY = re.compile(r" {4}([^:]+): (.+)")
_NOTHING = frozenset({b"", b"{}", b"null"})


@dataclass(frozen=True, slots=True)
class Control:
    """
    One control operation.

    Args:
        body: member → what it is; ``*`` for any. None where there is no body.
        query: parameter → what it is.
        lines: the sections of its docstring, for the documentation.
        makes: a world that there is not is made; else the operation says that there is none.
        worldly: it is about one world.
        absent: that may be one that there is not yet.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    body: Mapping[str, str] | None
    query: Mapping[str, str]
    answers: Mapping[str, str]
    makes: bool
    worldly: bool
    absent: bool


@dataclass(slots=True)
class Call:
    """
    One call of a control operation.

    Args:
        site: what is served.
        world: the world that ``X-Mock-World`` or ``?world=`` names.
        request: as it came.
        values: of the path's template expressions, decoded.
        control: what is called.
    """

    site: Provider
    world: World
    request: Request
    values: dict[str, str]
    control: Control

    @property
    def query(self) -> dict[str, str]:
        """
        The query parameters.
        """
        return dict(parse_qsl(self.request.query.decode("latin-1"), keep_blank_values=True))

    def json(self) -> Any:
        """
        Return the body as JSON; an empty body is an empty object.

        Raises:
            ValueError: it is not JSON.
        """
        if not self.request.body.strip():
            return {}
        try:
            return msgspec.json.decode(self.request.body)
        except (msgspec.DecodeError, RecursionError):
            raise ValueError("the body is not JSON") from None

    def number(self, name: str, default: int) -> int:
        """
        Return a query parameter that is a whole number.

        Raises:
            ValueError: it is none.
        """
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdecimal() or len(text) > 9:
            raise ValueError(f"{name} must be a whole number")
        return int(text)

    def members(self) -> dict[str, Any]:
        """
        Return the body as a JSON object; it has only members that the operation knows.

        Raises:
            ValueError: it is none, or has others.
        """
        value = self.json()
        if not isinstance(value, dict):
            raise ValueError("the body must be a JSON object")
        known = self.control.body or {}
        if "*" not in known:
            for name in value:
                if name not in known:
                    raise ValueError(f"unknown member {name!r}; {meant(str(name), known)}")
        return value  # pyright: ignore[reportUnknownVariableType]

    def no_world(self, name: str) -> Problem:
        """
        Say that there is no such world.
        """
        near = meant(name, (world.name for world in self.site.worlds))
        detail = f"No world {name!r}; {near} A world is made by the first request that names it."
        return Problem("no_such_world", 404, detail)

    def knows_operation(self, name: str) -> None:
        """
        Do nothing if there is an operation *name*, or if it is ``*``.

        Raises:
            ValueError: there is none.
        """
        if name != "*" and all(one.key != name for one in self.site.operations):
            raise ValueError(f"no operation {name!r}; {meant(name, (one.key for one in self.site.operations))}")


Handler: TypeAlias = Callable[[Call], Answer | Problem]


class ControlRoutes:
    """
    Control operations by method and path.
    """

    def __init__(self) -> None:
        self._routes: Routes[Control] = Routes()
        self.listed: list[Control] = []

    def on(
        self,
        method: str,
        path: str,
        *,
        body: Callable[[], Mapping[str, str]] | None = None,
        makes: bool | None = None,
        worldly: bool = True,
        absent: bool = False,
    ) -> Callable[[Handler], Handler]:
        """
        Register the decorated function for *method* and ``/__mock__`` + *path*; a ``ValueError`` of it is a 400.

        Its docstring describes it: ``Query:``, ``Body:`` and ``Answers:`` are sections of it, and what they do not
        name is refused.

        Args:
            body: describes the body's members, in place of the section.
            makes: a world that there is not is made; left out, by whatever is not GET or DELETE.
            worldly: the operation is about one world.
            absent: that may be one that there is not yet, even where the address names it.
        """

        def register(handler: Handler) -> Handler:
            lines = inspect.cleandoc(handler.__doc__ or "").splitlines()
            sections = _sections(lines)
            described = body() if body is not None else sections.get("Body")
            making = makes if makes is not None else method not in {"GET", "DELETE"}
            query, answers = sections.get("Query", {}), sections.get("Answers", {})
            summary = lines[0] if lines else ""
            entry = Control(
                method, CONTROL + path, handler, summary, described, query, answers, making, worldly, absent
            )
            self._routes.add(method, entry.path, entry)
            self.listed.append(entry)
            return handler

        return register

    def answer(self, site: Provider, request: Request, guard: Guard) -> Answer | Problem:
        """
        Answer a request whose path is below ``/__mock__``.
        """
        refusal = guard.refusal(request)
        if refusal is not None:
            return refusal
        method = "GET" if request.method == "HEAD" else request.method
        found = self._routes.find(method, request.path)
        if isinstance(found, MethodNotAllowed):
            allow = ", ".join(found.allowed)
            return Problem("method_not_allowed", 405, f"Allowed: {allow}", headers={"Allow": allow})
        if found is None:
            near = meant(request.path, [entry.path for entry in self.listed])
            return Problem("no_such_control", 404, f"{near}; GET /__mock__/api lists the control operations")
        return _call(found, site, request)


def _call(found: Match[Control], site: Provider, request: Request) -> Answer | Problem:
    values = {name: unquote(value) for name, value in found.path_values.items()}
    control = found.value
    call = Call(site, site.worlds.default, request, values, control)
    try:
        query = call.query
        for name in query:
            if name != "world" and name not in control.query:
                raise ValueError(f"unknown query parameter {name!r}; {meant(name, [*control.query, 'world'])}")
        if control.body is None and request.body.strip() not in _NOTHING and control.method != "GET":
            raise ValueError("this operation takes no body")
        named = query.get("world", "")[:LONGEST]
        if request.world and named not in {"", request.world}:
            raise ValueError("world must be left out: the address names another world")
        name = named or request.world_name
        if control.worldly and name:
            found_world = site.worlds.find(name)
            if found_world is None and named and not control.makes and not control.absent:
                return call.no_world(name)
            if found_world is None:
                # A client that names its own world in every request may look before it has done anything there.
                found_world = site.worlds.get(name) if control.makes else World(name)
            call.world = found_world
        return control.handler(call)
    except ValueError as error:
        return Problem("unusable_request", 400, str(error))


def _sections(lines: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] | None = None
    for line in lines:
        if match := _SECTION.fullmatch(line):
            section = found.setdefault(match[1], {})
        elif section is not None and (entry := _ENTRY.fullmatch(line)):
            section[entry[1]] = entry[2]
    return found


control = ControlRoutes()
