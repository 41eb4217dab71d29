"""
Answers that the contract itself holds: its examples first, else instances generated from its schemas.

Deterministic: the same operation, parameters and seed give the same bytes, so they are made and checked once and kept.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aegis_contracts import Example, InvalidSchemaError, MediaType, Operation, Response, Schema
from aegis_contracts.exchange import bodiless, kind
from aegis_mockserver.core._messages import NO_BODY, Answer, Problem
from aegis_mockserver.core.choices._prefer import Preference
from aegis_mockserver.core.contents import _accept, _content, _headers

if TYPE_CHECKING:
    from aegis_contracts.instances import Generator

log = logging.getLogger("aegis_mockserver")
KEPT = 32  # for each operation; whole replies are kept by the site
Fixed = tuple[tuple[str, str], ...]


class Answers:
    """
    The answers of one operation.
    """

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.default_status = _default_status(operation.responses)
        self._kept: dict[tuple[int, str, str, str], tuple[bytes, str]] = {}
        self._first: dict[int, str | None] = {}
        self._fixed: dict[tuple[int, str], Fixed] = {}
        self._generators: dict[tuple[int, str, bool], Generator] = {}

    def media_type(self, status: int, accept: str) -> str | None:
        """
        Choose the media type of a response; None when it has no content.

        Raises:
            LookupError: the client accepts none of those declared.
        """
        if not accept or accept == "*/*":
            if status not in self._first:
                self._first[status] = next(iter(self._offered(status)), None)
            return self._first[status]
        offered = self._offered(status)
        if not offered:
            return None
        chosen = _accept.choose(offered, accept)
        if chosen is None:
            raise LookupError(", ".join(offered))
        return chosen

    def _offered(self, status: int) -> Mapping[str, MediaType]:
        response = self.operation.response(status)
        if response is None or bodiless(self.operation.method, status):
            return {}
        return response.content

    def preferred(self, preference: Preference, accept: str, seed: str, values: Mapping[str, Any]) -> Answer | Problem:
        """
        Answer what ``Prefer`` asks for.
        """
        status = preference.code
        name = preference.example
        if status is None and name is not None:
            status = self._status_with(name)
            if status is None:
                return self._unknown("example", self._names(self.operation.responses.values()))
        status = status or self.default_status
        if self.operation.response(status) is None:
            return self._unknown("code", self.operation.responses)
        if name is not None and not self._has(status, name):
            return self._unknown("example", self._names(filter(None, [self.operation.response(status)])))
        answer = self.answer(status, accept, seed, values, example=name, dynamic=preference.dynamic)
        if isinstance(answer, Answer) and preference.by_header:
            answer.headers["Preference-Applied"] = preference.applied
        return answer

    def answer(
        self,
        status: int,
        accept: str = "",
        seed: str = "",
        values: Mapping[str, Any] | None = None,
        *,
        example: str | None = None,
        dynamic: bool = False,
    ) -> Answer | Problem:
        """
        Answer *status* with the example of that name, the first example, or a generated instance.
        """
        try:
            media_type = self.media_type(status, accept)
        except LookupError as error:
            response = self.operation.response(status)
            if status < 400 or response is None:
                return Problem("not_acceptable", 406, f"The response is offered as {error}.")
            media_type = next(iter(response.content))  # a refusal is always reachable, whatever the client accepts
        if media_type is None:
            return Answer(status, repeatable=True, origin="example")
        key = (status, media_type, example or "", seed if dynamic else "")
        kept = self._kept.get(key)
        if kept is None and not dynamic and example is None:
            key = (status, media_type, "", seed)
            kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            kept, key = self._make(status, media_type, example, dynamic, seed, values or {})
            self._kept[key] = kept
        content, origin = kept
        return Answer(status, NO_BODY, {}, _content.sent_type(media_type), content, None, None, True, origin)

    def instance(self, status: int, media_type: str, seed: str, values: Mapping[str, Any]) -> Any:
        """
        Return the instance that ``answer`` would serialise.
        """
        declared = self._declared(status, media_type)
        found = self._example(declared, None)
        if found is not None and _fits(declared, found):
            return found.value
        return self._generate(declared, status, media_type, seed, values)

    def headers(self, status: int, seed: str) -> Fixed:
        """
        Return values for the headers that the response declares.
        """
        fixed = self._fixed.get((status, ""))
        if fixed is None:
            response = self.operation.response(status)
            found: list[tuple[str, str]] = []
            for name, header in response.headers.items() if response else ():
                value = _header(header, f"{seed}|{self.operation.key}|{status}|{name}")
                if value is not None:
                    found.append((name, value))
            fixed = self._fixed[status, ""] = tuple(found)
        return fixed

    def _make(
        self, status: int, media_type: str, name: str | None, dynamic: bool, seed: str, values: Mapping[str, Any]
    ) -> tuple[tuple[bytes, str], tuple[int, str, str, str]]:
        declared = self._declared(status, media_type)
        if not dynamic:
            example = self._example(declared, name)
            if example is not None and (name is not None or _fits(declared, example)):
                content = _content.write(example.value, media_type, declared)
                return (content, "example"), (status, media_type, name or "", "")
            if example is not None:
                log.warning(
                    "%s: example %s breaks its schema; answering a generated instance",
                    self.operation.key,
                    example.source,
                )
        value = self._generate(declared, status, media_type, seed, values, plain=dynamic)
        return (_content.write(value, media_type, declared), "generated"), (status, media_type, "", seed)

    def _generate(
        self,
        declared: MediaType,
        status: int,
        media_type: str,
        seed: str,
        values: Mapping[str, Any],
        *,
        plain: bool = False,
    ) -> Any:
        schema = declared.schema
        if schema is None:
            return {} if kind(media_type) in {"json", "xml", "form"} else ""
        from aegis_contracts.instances import Ungeneratable

        key = (status, media_type, plain)
        try:
            return self._generated(schema, key, f"{seed}|{self.operation.key}|{status}|{media_type}", values)
        except (Ungeneratable, InvalidSchemaError) as error:
            log.warning("%s: nothing can be generated for %s: %s", self.operation.key, schema.location, error)
            example = self._example(declared, None)
            return example.value if example is not None else {}

    def _generated(self, schema: Schema, key: tuple[int, str, bool], seed: str, values: Mapping[str, Any]) -> Any:
        generator = self._generators.get(key)
        if generator is None:
            generator = self._generators[key] = schema.generator("response", examples=not key[2])
        value: Any = generator.generate(seed, name=self._name())
        if isinstance(value, dict) and values:
            echoed = {**value, **{key: item for key, item in values.items() if key in value}}
            if echoed != value and schema.is_valid(echoed, "response"):
                return echoed
        return value

    def _name(self) -> str:
        literal = [part for part in self.operation.path.split("/") if part and "{" not in part]
        return literal[-1] if literal else ""

    def _declared(self, status: int, media_type: str) -> MediaType:
        response = self.operation.response(status)
        assert response is not None
        return response.content[media_type]

    @staticmethod
    def _example(declared: MediaType, name: str | None) -> Example | None:
        if name is not None:
            return declared.examples.get(name)
        return next((example for example in declared.examples.values() if example.has_value), None)

    def _status_with(self, name: str) -> int | None:
        for status, response in self.operation.responses.items():
            if any(name in media.examples for media in response.content.values()):
                return concrete(status)
        return None

    def _has(self, status: int, name: str) -> bool:
        response = self.operation.response(status)
        return response is not None and any(name in media.examples for media in response.content.values())

    @staticmethod
    def _names(responses: Iterable[Response]) -> list[str]:
        return [name for response in responses for media in response.content.values() for name in media.examples]

    @staticmethod
    def _unknown(what: str, known: Iterable[str]) -> Problem:
        names = ", ".join(dict.fromkeys(known)) or "none"
        return Problem("preference_unknown", 404, f"Prefer: {what} must be one that the contract declares: {names}.")


def concrete(status: str) -> int:
    """
    Turn ``201``, ``4XX`` or ``default`` into a status that can be sent.
    """
    if status.isdecimal():
        return int(status)
    return int(status[0]) * 100 if status[:1].isdecimal() else 200


def _default_status(responses: Iterable[str]) -> int:
    """
    Choose the success: the lowest declared, else a range or default, else a redirection, else what is declared first.
    """
    declared = [status for status in responses if not status.startswith("1")]
    for chosen in ("2", "d", "3"):
        exact = sorted(status for status in declared if status.startswith(chosen) and status.isdecimal())
        matching = exact or [status for status in declared if status.startswith(chosen)]
        if matching:
            return concrete(matching[0])
    return concrete(declared[0]) if declared else 200


def _fits(declared: MediaType, example: Example) -> bool:
    schema = declared.schema
    if schema is None or kind(declared.media_type) != "json":
        return True
    try:
        return schema.is_valid(example.value, "response")
    except InvalidSchemaError as error:
        log.warning("%s: %s; its example is answered unchecked", schema.location, error)
        return True


def _header(header: Any, seed: str) -> str | None:
    try:
        return _headers.value_of(header, seed)
    except Exception:
        if header.required:
            log.exception("no value for the required header %s", header.source)
        return None
