"""
The instances that a contract itself holds for its responses: examples first, else generated from its schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aegis_contracts import Example, InvalidSchemaError, MediaType, Operation, Schema
from aegis_contracts.exchange import kind
from aegis_mockserver.core.contents._content import sent_type
from aegis_mockserver.core.operations._addresses import HERE

if TYPE_CHECKING:
    from aegis_contracts.instances import Generator

ITEMS = 3  # in a sequence that is made up
_NOWHERE = "https://example.com"  # where addresses that were made up lead


class Instances:
    """
    The instances of one operation's responses.

    Args:
        warn: told of examples that break their schema and schemas that nothing can be generated for.
    """

    def __init__(self, operation: Operation, warn: Callable[[str], None]) -> None:
        self.operation = operation
        self.default_status = success_of(operation.responses)
        self._warn = warn
        self._generators: dict[tuple[int, str, bool], Generator] = {}

    def fixed(self, status: int, media_type: str, name: str | None = None) -> Example | None:
        """
        Return the example of that name, else the first that is valid; one asked for by name may break its schema.
        """
        declared = self.declared(status, media_type)
        if name is not None:
            return declared.examples.get(name)
        broken: list[str] = []
        for example in declared.examples.values():
            if not example.has_value:
                continue
            if self._fits(declared, example):
                return example
            broken.append(example.source)
        if broken:
            others = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
            said = f"example {broken[0]}{others} breaks its schema; answering a generated instance"
            self._warn(f"{self.operation.key}: {said}")
        return None

    def generated(
        self, status: int, media_type: str, seed: str, values: Mapping[str, Any], *, examples: bool = True
    ) -> Any:
        """
        Generate an instance.

        Args:
            values: of path parameters, for members of the same name.
            examples: use the schema's own examples where they are valid.
        """
        declared = self.declared(status, media_type)
        schema = declared.schema
        sent = kind(sent_type(media_type))
        if sent == "sequence" or (sent == "multipart" and declared.item_schema is not None):
            return self._items(declared, status, f"{seed}|{self.operation.key}|{status}", examples=examples)
        if schema is None:
            return {} if sent in {"json", "xml", "form"} else ""
        from aegis_contracts.instances import Ungeneratable

        try:
            generator = self._generator(schema, status, media_type, examples)
            made = generator.generate(f"{seed}|{self.operation.key}|{status}|{media_type}", name=self._name())
            return self._echoing(_kept_here(made, schema), schema, values)
        except (Ungeneratable, InvalidSchemaError) as error:
            self._warn(f"{self.operation.key}: nothing can be generated for {schema.location}: {error}")
            example = _first(declared)
            return example.value if example is not None else {}

    def _items(self, declared: MediaType, status: int, seed: str, *, examples: bool) -> Any:
        """
        Generate the items of a sequence.
        """
        from aegis_contracts.instances import Ungeneratable

        schema = declared.item_schema or declared.schema
        if schema is None:
            return []
        key = (status, declared.media_type, examples)
        try:
            if key not in self._generators:
                self._generators[key] = schema.generator("response", examples=examples)
            generator = self._generators[key]
            if declared.item_schema is None and isinstance(whole := generator.generate(seed, name=""), list):
                return whole
            made = (generator.generate(f"{seed}|{number}", name="") for number in range(_count(declared)))
            return [_kept_here(item, schema) for item in made]
        except (Ungeneratable, InvalidSchemaError) as error:
            self._warn(f"{self.operation.key}: nothing can be generated for {schema.location}: {error}")
            return []

    def instance(self, status: int, media_type: str, seed: str = "", values: Mapping[str, Any] | None = None) -> Any:
        """
        Return the first example that is valid, else a generated instance.
        """
        example = self.fixed(status, media_type)
        return example.value if example is not None else self.generated(status, media_type, seed, values or {})

    def declared(self, status: int, media_type: str) -> MediaType:
        """
        Return what the contract says of a media type of a declared status.
        """
        response = self.operation.response(status)
        assert response is not None
        return response.content[media_type]

    def _generator(self, schema: Schema, status: int, media_type: str, examples: bool) -> Generator:
        key = (status, media_type, examples)
        if key not in self._generators:
            self._generators[key] = schema.generator("response", examples=examples)
        return self._generators[key]

    @staticmethod
    def _echoing(value: Any, schema: Schema, values: Mapping[str, Any]) -> Any:
        if isinstance(value, dict) and values:
            echoed = {**value, **{key: item for key, item in values.items() if key in value}}
            if schema.is_valid(echoed, "response"):
                return echoed
        return value

    def _name(self) -> str:
        literal = [part for part in self.operation.path.split("/") if part and "{" not in part]
        return literal[-1] if literal else ""

    def _fits(self, declared: MediaType, example: Example) -> bool:
        schema = declared.schema
        if schema is None or kind(sent_type(declared.media_type)) != "json":
            return True
        try:
            return schema.is_valid(example.value, "response")
        except InvalidSchemaError as error:
            self._warn(f"{schema.location}: {error}; its example is answered unchecked")
            return True


def _kept_here(made: Any, schema: Schema) -> Any:
    """
    Let addresses that were made up lead to the mock, where the schema takes such: a client that follows one stays here.
    """
    led = _led(made)
    return led if led is made or schema.is_valid(led, "response") else made


def _led(value: Any) -> Any:
    """
    Lead the addresses inside *value*; one that holds none is returned as it is.
    """
    if isinstance(value, str):
        return HERE + value[len(_NOWHERE) :] if value.startswith(f"{_NOWHERE}/") else value
    if isinstance(value, dict):
        members = {name: _led(member) for name, member in value.items()}
        return members if any(members[name] is not value[name] for name in value) else value
    if isinstance(value, list):
        items = [_led(item) for item in value]
        return items if any(led is not item for led, item in zip(items, value, strict=True)) else value
    return value


def _count(declared: MediaType) -> int:
    """
    Say how many items a sequence has: as many as its ``schema`` wants beside ``itemSchema``.
    """
    root = declared.schema.projected("response") if declared.item_schema is not None and declared.schema else None
    if not isinstance(root, dict):
        return ITEMS
    return max(int(root.get("minItems", 0)), min(ITEMS, int(root.get("maxItems", ITEMS))))


def _first(declared: MediaType) -> Example | None:
    return next((example for example in declared.examples.values() if example.has_value), None)


def concrete(status: str) -> int:
    """
    Turn ``201``, ``4XX`` or ``default`` into a status that can be sent.
    """
    if status.isdecimal():
        return int(status)
    return int(status[0]) * 100 if status[:1].isdecimal() else 200


def success_of(responses: Iterable[str]) -> int:
    """
    Choose the success: the lowest declared, else a range or default, else a redirection, else 200, said or not.
    """
    declared = [status for status in responses if not status.startswith("1")]
    for chosen in ("2", "d", "3"):
        exact = sorted(status for status in declared if status.startswith(chosen) and status.isdecimal())
        matching = exact or [status for status in declared if status.startswith(chosen)]
        if matching:
            return concrete(matching[0])
    return 200
