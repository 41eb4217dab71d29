"""
OpenAPI runtime expressions, with ``$change``, ``$facts`` and ``$event`` of our own.

An expression that finds nothing is ``MISSING``; text without an expression is itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aegis_contracts.exchange import Reading
from aegis_contracts.json_pointer import find, split

MISSING: Final[Any] = type("Missing", (), {"__repr__": lambda self: "MISSING", "__bool__": lambda self: False})()
_EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")
_SOURCES = ("$request.", "$response.", "$change", "$facts", "$event", "$method", "$url", "$statusCode")


@dataclass(slots=True)
class Scene:
    """
    What expressions may speak about: one exchange.
    """

    method: str = ""
    url: str = ""
    status: int = 0
    path: Mapping[str, Any] = field(default_factory=dict[str, Any])
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    request_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    request_body: Any = MISSING
    response_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    response_body: Any = MISSING
    change: Any = MISSING
    facts: Any = MISSING
    event: Any = MISSING


def scene_of(method: str, reading: Reading, fields: dict[str, str]) -> Scene:
    """
    Set the scene of a request.
    """
    body = reading.body if reading.has_body else MISSING
    return Scene(method=method, path=reading.path, query=reading.query, request_headers=fields, request_body=body)


Evaluate = Callable[[Scene], Any]


def is_expression(text: object) -> bool:
    """
    Say whether *text* is a runtime expression.
    """
    return isinstance(text, str) and text.startswith(_SOURCES)


def compile_value(value: Any) -> Evaluate:
    """
    Compile a mapping, list, literal or expression to a function of the scene; what is missing is left out.
    """
    if isinstance(value, dict):
        members = {name: compile_value(item) for name, item in value.items()}

        def build(scene: Scene) -> Any:
            found = ((name, evaluate(scene)) for name, evaluate in members.items())
            return {name: item for name, item in found if item is not MISSING}

        return build
    if isinstance(value, list):
        parts = [compile_value(item) for item in value]
        return lambda scene: [item for evaluate in parts if (item := evaluate(scene)) is not MISSING]
    if is_expression(value):
        return compile_expression(value)
    if isinstance(value, str) and _EMBEDDED.search(value):
        return _template(value)
    return lambda _scene: value


def _template(text: str) -> Evaluate:
    pieces = _EMBEDDED.split(text)
    compiled: list[Any] = [compile_expression(p) if i % 2 else p for i, p in enumerate(pieces)]

    def build(scene: Scene) -> Any:
        out: list[str] = []
        for index, piece in enumerate(compiled):
            value = piece(scene) if index % 2 else piece
            if value is MISSING:
                return MISSING
            out.append(value if isinstance(value, str) else _text(value))
        return "".join(out)

    return build


def _text(value: Any) -> str:
    import msgspec

    return msgspec.json.encode(value).decode()


def compile_expression(text: str) -> Evaluate:
    """
    Compile one expression.

    Raises:
        ValueError: it is no runtime expression.
    """
    source, _, pointer = text.partition("#")
    follow = _pointer(pointer)
    simple: dict[str, Evaluate] = {
        "$method": lambda scene: scene.method,
        "$url": lambda scene: scene.url,
        "$statusCode": lambda scene: scene.status,
        "$request.body": lambda scene: follow(scene.request_body),
        "$response.body": lambda scene: follow(scene.response_body),
        "$change": lambda scene: follow(scene.change),
        "$facts": lambda scene: follow(scene.facts),
        "$event": lambda scene: follow(scene.event),
    }
    if source in simple:
        return simple[source]
    where, _, name = source.partition(".")
    kind, _, name = name.partition(".")
    lowered = name.lower()
    if name and where in {"$request", "$response"}:
        if kind == "header":
            attribute = "request_headers" if where == "$request" else "response_headers"
            return lambda scene: getattr(scene, attribute).get(lowered, MISSING)
        if where == "$request" and kind == "path":
            return lambda scene: scene.path.get(name, MISSING)
        if where == "$request" and kind == "query":
            return lambda scene: scene.query.get(name, MISSING)
    raise ValueError(f"{text} is no runtime expression (OpenAPI 3.1 §4.8.20.4)")


def _pointer(pointer: str) -> Callable[[Any], Any]:
    fragment = f"#{pointer}"
    split(fragment)  # refuses at once what is no pointer
    return lambda value: find(value, fragment, MISSING)
