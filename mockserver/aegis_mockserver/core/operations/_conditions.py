"""
Magic values: requests that choose their answer by what they carry (``x-mock-when``).

On a response example: ``x-mock-when: {$request.body#/email: taken@example.com}`` — all expressions must hold.
On a parameter: ``x-mock-when: {usr_missing: 404, usr_old: {code: 410, example: gone}}``.
A wanted value may be ``{pattern: …}``, a regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.core.contents._prefer import Preference
from aegis_mockserver.core.operations._expressions import MISSING, Scene, compile_expression, scene_of
from aegis_mockserver.core.operations._instances import concrete

Holds = Callable[[Scene], bool]


class Conditions:
    """
    The magic values of one operation.

    Raises:
        ValueError: an ``x-mock-when`` is not what it may be.
    """

    def __init__(self, operation: Operation) -> None:
        self._method = operation.method
        self._rules: list[tuple[Holds, Preference]] = []
        for parameter in operation.parameters:
            given = parameter.extensions.get("x-mock-when")
            for wanted, chosen in given.items() if isinstance(given, dict) else ():
                expression = f"$request.{parameter.location}.{parameter.name}"
                self._rules.append((_holds({expression: wanted}), _preference(chosen)))
        for status, response in operation.responses.items():
            for media in response.content.values():
                for name, example in media.examples.items():
                    given = example.extensions.get("x-mock-when")
                    if given is not None:
                        choice = Preference(concrete(status), name, by_header=False)
                        self._rules.append((_holds(given), choice))

    def __bool__(self) -> bool:
        return bool(self._rules)

    def choose(self, reading: Reading, fields: dict[str, str]) -> Preference | None:
        """
        Return what the first rule that holds asks for.
        """
        scene = scene_of(self._method, reading, fields)
        return next((preference for holds, preference in self._rules if holds(scene)), None)


def _holds(given: Any) -> Holds:
    if not isinstance(given, dict) or not given:
        raise ValueError("x-mock-when must map runtime expressions to wanted values")
    rules = [(_expression(str(expression)), _wanted(wanted)) for expression, wanted in given.items()]
    return lambda scene: all(matches(evaluate(scene)) for evaluate, matches in rules)


def _expression(text: str) -> Callable[[Scene], Any]:
    if text.startswith("$request.cookie."):
        name = text.removeprefix("$request.cookie.")
        return lambda scene: _cookie(scene, name)
    return compile_expression(text)


def _cookie(scene: Scene, name: str) -> Any:
    for part in scene.request_headers.get("cookie", "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return MISSING


def _wanted(wanted: Any) -> Callable[[Any], bool]:
    if isinstance(wanted, dict) and set(wanted) == {"pattern"}:
        pattern = re.compile(str(wanted["pattern"]))
        return lambda value: value is not MISSING and pattern.search(str(value)) is not None
    return lambda value: value is not MISSING and (value == wanted or str(value) == str(wanted))


def _preference(chosen: Any) -> Preference:
    if isinstance(chosen, dict):
        code = chosen.get("code")
        return Preference(int(code) if code is not None else None, chosen.get("example"), by_header=False)
    return Preference(int(chosen), by_header=False)
