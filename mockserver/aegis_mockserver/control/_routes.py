"""
Control operations under ``/__mock__/``: a table that modules add themselves to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from aegis_contracts import Match, MethodNotAllowed, Routes
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._provider import Provider
from aegis_mockserver.world import World
from aegis_mockserver.world._messages import Request

PREFIX = "/__mock__"


@dataclass(slots=True)
class Call:
    """
    One call of a control operation.

    Args:
        site: what is served.
        world: the world that ``X-Mock-World`` or ``?world=`` names.
        request: as it came.
        values: of the path's template expressions, decoded.
    """

    site: Provider
    world: World
    request: Request
    values: dict[str, str]

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

    def members(self, *known: str) -> dict[str, Any]:
        """
        Return the body as a JSON object, which may have only the *known* members if any are named.

        Raises:
            ValueError: it is none.
        """
        value = self.json()
        if not isinstance(value, dict):
            raise ValueError("the body must be a JSON object")
        unknown = [name for name in value if known and name not in known]
        if unknown:
            raise ValueError(f"unknown member {unknown[0]!r}; known are {', '.join(known)}")
        return value  # pyright: ignore[reportUnknownVariableType]


Handler: TypeAlias = Callable[[Call], Answer | Problem]


class ControlRoutes:
    """
    Control operations by method and path.
    """

    def __init__(self) -> None:
        self._routes: Routes[Handler] = Routes()
        self.listed: list[tuple[str, str, Handler]] = []

    def on(self, method: str, path: str) -> Callable[[Handler], Handler]:
        """
        Register the decorated function for *method* and ``/__mock__`` + *path*; a ``ValueError`` of it is a 400.
        """

        def register(handler: Handler) -> Handler:
            self._routes.add(method, PREFIX + path, handler)
            self.listed.append((method, PREFIX + path, handler))
            return handler

        return register

    def answer(self, site: Provider, world: World, request: Request) -> Answer | Problem:
        """
        Answer a request whose path is below ``/__mock__``.
        """
        method = "GET" if request.method == "HEAD" else request.method
        found = self._routes.find(method, request.path)
        if isinstance(found, MethodNotAllowed):
            allow = ", ".join(found.allowed)
            return Problem("method_not_allowed", 405, f"Allowed: {allow}", headers={"Allow": allow})
        if found is None:
            return Problem("no_such_control", 404, "GET /__mock__/api lists the control operations")
        if method != "GET" and not site.cors and _foreign(request):
            detail = "Pages of other origins may not steer the mock; start it with --cors to let them."
            return Problem("cross_site", 403, detail)
        return _call(found, site, world, request)


def _foreign(request: Request) -> bool:
    """
    Say whether another site's page sends this through a browser that happens to reach the mock.
    """
    fields = request.fields
    site = fields.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = fields.get("origin")
    return origin is not None and urlsplit(origin).netloc != fields.get("host", "")


def _call(found: Match[Handler], site: Provider, world: World, request: Request) -> Answer | Problem:
    values = {name: unquote(value) for name, value in found.path_values.items()}
    call = Call(site, world, request, values)
    try:
        named = call.query.get("world")
        if named:
            call.world = site.worlds.get(named[:200])
        return found.value(call)
    except ValueError as error:
        return Problem("unusable_request", 400, str(error))


control = ControlRoutes()
