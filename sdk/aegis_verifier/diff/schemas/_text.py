"""
Schemas of what travels as plain text: in paths, queries, headers and forms ``1`` and ``"1"`` are the same.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, cast

from aegis_contracts import Verdict
from aegis_contracts.compatibility import Node, Universe

_WHOLE: Final = "^-?(?:0|[1-9][0-9]*)$"
_NATURAL: Final = "^(?:0|[1-9][0-9]*)$"
_NUMBER: Final = "^-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?$"
_FEW: Final = 200
_DEEP: Final = 10
_OF_NUMBERS: Final = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}


def as_text(universe: Universe, node: Node, *, receiver: bool) -> Node:
    """
    Say what a schema says of values, of the texts that they are written as.

    Args:
        receiver: where texts cannot say as much as numbers can, take too few rather than too many.
    """
    return Node(_Texts(universe, receiver).of(node.schema, 0), node.place)


class _Texts:
    def __init__(self, universe: Universe, receiver: bool) -> None:
        self._universe = universe
        self._receiver = receiver

    def of(self, schema: Any, depth: int) -> Any:
        if not isinstance(schema, dict) or depth > _DEEP:
            return schema
        given = cast("dict[str, Any]", schema)
        if "$ref" in given:
            target = self.of(self._universe.target(given["$ref"]).schema, depth + 1)
            rest = self.of({k: v for k, v in given.items() if k != "$ref"}, depth + 1)
            return {"allOf": [target, rest]} if rest else target
        found: dict[str, Any] = {}
        for key, value in given.items():
            match key:
                case "enum":
                    found[key] = [_written(one) for one in value]
                case "const":
                    found[key] = _written(value)
                case "oneOf":  # a text that reads as a number and as text is still one value
                    found.setdefault("allOf", []).append({"anyOf": [self.of(one, depth + 1) for one in value]})
                case "allOf":
                    found.setdefault("allOf", []).extend(self.of(one, depth + 1) for one in value)
                case "anyOf" | "prefixItems":
                    found[key] = [self.of(one, depth + 1) for one in value]
                case "items" | "additionalProperties":
                    found[key] = self.of(value, depth + 1)
                case "not":
                    if self._receiver:  # what is ruled out as a number cannot be said of texts
                        found.setdefault("allOf", []).append(False)
                case "properties":
                    found[key] = {name: self.of(one, depth + 1) for name, one in value.items()}
                case _ if key != "type" and key not in _OF_NUMBERS:
                    found[key] = value
                case _:
                    pass
        types = given.get("type")
        if types is None:
            return found
        names: list[str] = types if isinstance(types, list) else [types]
        options = [self._typed(name, given, found) for name in names]
        return options[0] if len(options) == 1 else {"anyOf": options}

    def _typed(self, name: str, given: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
        if "enum" in found or "const" in found:
            return {"type": "string" if name not in {"array", "object"} else name, **found}
        match name:
            case "integer":
                low, high = given.get("minimum"), given.get("maximum")
                if isinstance(low, int) and isinstance(high, int) and 0 <= high - low <= _FEW:
                    return {"enum": [str(number) for number in range(low, high + 1)]}
                natural = isinstance(low, int) and low >= 0
                if self._receiver and _OF_NUMBERS & given.keys() - ({"minimum"} if low == 0 else set()):
                    return {"not": {}}
                return {"type": "string", "pattern": _NATURAL if natural else _WHOLE}
            case "number":
                if self._receiver and _OF_NUMBERS & given.keys():
                    return {"not": {}}
                return {"type": "string", "pattern": _NUMBER}
            case "boolean":
                return {"enum": ["true", "false"]}
            case "null":
                return {"const": ""}
            case _:
                return {"type": name, **found}


def _written(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    return value if isinstance(value, str | list | dict) else str(value)


def texts(value: Any) -> Any:
    """
    Write every single value in an instance as text.
    """
    if isinstance(value, dict):
        return {name: texts(inner) for name, inner in cast("dict[str, Any]", value).items()}
    return [texts(inner) for inner in value] if isinstance(value, list) else _written(value)


def spoken(document: Any, value: Any) -> bool:
    """
    Say whether a text, read in any way that it can be read, meets a schema.
    """
    verdict = Verdict(document)
    if isinstance(value, list | dict):
        return verdict.is_valid(value)
    text = _written(value)
    readings: list[Any] = [text, value]
    if text in {"true", "false"}:
        readings.append(text == "true")
    with suppress(ValueError):
        readings.append(int(text) if text.lstrip("-").isdigit() else float(text))
    return any(verdict.is_valid(reading) for reading in readings)
