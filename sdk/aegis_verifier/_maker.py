"""
Makes requests for one contract: valid ones by several recipes, as they travel.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from aegis_contracts import Contract, InvalidSchemaError, MediaType, Operation, Parameter, Schema, Violation
from aegis_contracts.exchange import RequestReader, kind
from aegis_contracts.instances import Generator, Ungeneratable
from aegis_verifier import _names
from aegis_verifier._drafts import Draft, Unserialisable, serialise, violations
from aegis_verifier._names import plain
from aegis_verifier._plan import Plan, marked
from aegis_verifier._settings import Settings, carried
from aegis_verifier._values import CURRENT, NOTHING, Open, Request

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
RECIPES = ("fixture", "full", "minimal", "example")


@dataclass
class Maker:
    """
    Makes the requests of one contract.

    Args:
        working: operation → the recipe that is tried first, since the provider accepts it.
        shared: item path → path values of an item that cases which change nothing may all use.
    """

    contract: Contract
    settings: Settings = field(default_factory=Settings)
    working: dict[str, str] = field(default_factory=dict[str, str])
    shared: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def __post_init__(self) -> None:
        self.plan = Plan(self.contract)
        self._generators: dict[tuple[int, bool], Generator | None] = {}
        self._readers: dict[str, RequestReader] = {}

    # Values

    def generator(self, schema: Schema, *, examples: bool = False) -> Generator | None:
        """
        Return a generator of valid request values; None where the schema cannot be used.
        """
        key = (id(schema), examples)
        if key not in self._generators:
            try:
                self._generators[key] = schema.generator("request", examples=examples)
            except InvalidSchemaError:
                self._generators[key] = None
        return self._generators[key]

    def value(self, schema: Schema | None, seed: str, name: str = "", *, optional: float | None = None) -> Any:
        """
        Make a valid value; ``NOTHING`` where none can be made.
        """
        generator = self.generator(schema) if schema is not None else None
        if generator is None:
            return "aegis" if schema is None else NOTHING
        try:
            return generator.generate(f"{self.settings.seed}/{seed}", name=name, optional=optional)
        except Ungeneratable:
            return NOTHING

    # Drafts

    def recipes(self, operation: Operation) -> list[str]:
        """
        List the ways to make a valid request, the likeliest to be accepted first.
        """
        known = [r for r in RECIPES if r != "fixture" or self.settings.fixtures.bodies.get(operation.key)]
        if (first := self.working.get(operation.key)) in known:
            known.remove(first)
            known.insert(0, first)
        return known

    def takes(self, operation: Operation, recipe: str) -> None:
        """
        Note that a recipe was accepted. Of several the fullest is tried first, whichever was answered first: what is
        not sent cannot be missed.
        """
        known = self.working.get(operation.key)
        if known is None or RECIPES.index(recipe) < RECIPES.index(known):
            self.working[operation.key] = recipe

    def draft(
        self,
        operation: Operation,
        seed: str,
        recipe: str = "full",
        path: Mapping[str, Any] | None = None,
        *,
        body: bool = True,
    ) -> Draft:
        """
        Make a valid request.

        Args:
            path: values of path parameters that are known to lead somewhere.
            body: make one, too; no where another takes its place.

        Raises:
            Open: none could be made.
        """
        values: dict[tuple[str, str], Any] = {}
        for parameter in operation.parameters:
            if parameter.location == "path" and path is not None and parameter.name in path:
                values[parameter.key] = values["path", parameter.name] = path[parameter.name]
                continue
            value = self._parameter(operation, parameter, seed, recipe)
            if value is not NOTHING:
                values[parameter.location, parameter.name] = value
            elif parameter.required:
                raise Open(f"no valid value could be made for {parameter.location} parameter {parameter.name}")
        if not body:
            media = self.media(operation)
            return Draft(operation, values, NOTHING, media.media_type if media is not None else "")
        content, media_type = self._body(operation, seed, recipe)
        return Draft(operation, values, content, media_type)

    def _parameter(self, operation: Operation, parameter: Parameter, seed: str, recipe: str) -> Any:
        given = self.settings.fixtures.parameter(operation, parameter.name)
        name = plain(parameter.name)
        if given:
            return given[0]
        if self.plan.precondition(operation) is parameter:
            return CURRENT
        if not parameter.required and (recipe != "full" or is_opaque(parameter)):
            return NOTHING
        if name in _names.IDEMPOTENCY:
            return str(uuid4())  # new in every run, whatever the seed: a provider keeps keys for a day
        examples = [example.value for example in parameter.examples.values() if example.has_value]
        if examples and (parameter.location == "path" or recipe == "example" or is_opaque(parameter)):
            return examples[0]
        schema = parameter.content.schema if parameter.content is not None else parameter.schema
        for attempt in range(4):
            value = self.value(schema, f"{seed}/{parameter.location}/{parameter.name}/{attempt}", parameter.name)
            if value is NOTHING:
                break
            if value is None:  # null is no text, so no parameter can carry it
                continue
            draft = Draft(operation, {(parameter.location, parameter.name): value})
            if self._travels(draft, parameter):
                return value
        return examples[0] if examples else NOTHING

    def _travels(self, draft: Draft, parameter: Parameter) -> bool:
        try:
            found = self.violations(draft)
        except Unserialisable:
            return False
        where = "query" if parameter.location == "querystring" else parameter.location
        return not any(violation.pointer.startswith(f"/{where}/{parameter.name}") for violation in found)

    def _body(self, operation: Operation, seed: str, recipe: str) -> tuple[Any, str]:
        body = operation.request_body
        if body is None or (recipe == "minimal" and not body.required):
            return NOTHING, ""
        media = self.media(operation)
        if media is None:
            if body.required:
                raise Open("no media type of the request body can be written")
            return NOTHING, ""
        return self.body(operation, media, seed, recipe), media.media_type

    @staticmethod
    def media(operation: Operation) -> MediaType | None:
        """
        Return the media type that bodies are made in: JSON where there is one.
        """
        body = operation.request_body
        order = {"json": 0, "form": 1, "multipart": 2, "text": 3, "binary": 4}
        content = list(body.content.values()) if body is not None else []
        usable = [media for media in content if kind(media.media_type) in order]
        return min(usable, key=lambda media: order[kind(media.media_type)], default=None)

    def body(self, operation: Operation, media: MediaType, seed: str, recipe: str) -> Any:
        """
        Make a valid body.

        Raises:
            Open: none could be made.
        """
        if recipe == "fixture":
            given = self.settings.fixtures.bodies.get(operation.key, ())
            if given:
                return given[0]
        examples = [example.value for example in media.examples.values() if example.has_value]
        if recipe == "example" and examples:
            return self._filled(operation, examples[0])
        if media.schema is None:
            return examples[0] if examples else {}
        optional = {"full": None, "minimal": 0.0}.get(recipe)
        value = self.value(media.schema, f"{seed}/body", optional=optional)
        if value is NOTHING:
            if examples:
                return examples[0]
            raise Open("no valid body could be made for the schema")
        return self._filled(operation, self._distinct(media.schema, self._unmarked(operation, value), seed))

    def _distinct(self, schema: Schema, value: Any, seed: str) -> Any:
        """
        Make e-mail addresses that nobody has: made-up names are few, and an address may be taken only once.
        """
        if not isinstance(value, dict):
            return value
        for name, member in value.items():
            if isinstance(member, str) and _EMAIL.fullmatch(member):
                mark = blake2b(f"{self.settings.seed}/{seed}/{name}".encode(), digest_size=5).hexdigest()
                local, _, domain = member.partition("@")
                changed = {**value, name: f"{local}.{mark}@{domain}"}
                value = changed if schema.is_valid(changed, "request") else value
        return value

    def _unmarked(self, operation: Operation, value: Any) -> Any:
        """
        Leave out what is readOnly: requests SHOULD NOT have it (OpenAPI 3.1 §4.8.24).
        """
        hidden = marked(operation, "readOnly", where="request")
        if not hidden or not isinstance(value, dict):
            return value
        return {name: member for name, member in value.items() if name not in hidden}

    def _filled(self, operation: Operation, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        given = {name: self.settings.fixtures.field(operation, name) for name in value}
        return {name: given[name][0] if given[name] else member for name, member in value.items()}

    # Requests

    def request(self, draft: Draft, credentials: Mapping[str, str] | None = None) -> Request:
        """
        Write a draft as it travels, with good credentials, or with those that are given.

        Raises:
            Open: it has no form in which it could travel.
        """
        operation = draft.operation
        if credentials is None:
            credentials = self.settings.credentials.choice(operation) or {}
        headers, query = carried(operation, credentials)
        try:
            made = serialise(draft, (*self.settings.headers, *headers), query, tuple(self.secrets(draft)))
            return replace(made, condition=self._condition(draft)) if CURRENT in draft.values.values() else made
        except Unserialisable as error:
            raise Open(f"the request has no form in which it could travel: {error}") from None

    def _condition(self, draft: Draft) -> Request | None:
        reading = self.plan.reading(draft.operation)
        return self.request(self.draft(reading, "condition", "minimal", draft.path())) if reading is not None else None

    def secrets(self, draft: Draft) -> Iterator[str]:
        """
        Name the texts of a draft's body that no answer may repeat: what is writeOnly.
        """
        hidden = marked(draft.operation, "writeOnly", where="request")
        if hidden and isinstance(draft.body, dict):
            known = [member for name, member in draft.body.items() if name not in hidden]
            for name, member in draft.body.items():
                if name in hidden and isinstance(member, str) and member not in known:
                    yield member

    def violations(self, draft: Draft) -> list[Violation]:
        """
        Say what a draft breaks once it is serialised.

        Raises:
            Unserialisable: it has no form in which it could travel.
        """
        request, key = serialise(draft), draft.operation.key
        reader = self._readers.get(key)
        if reader is None:
            reader = self._readers[key] = RequestReader(draft.operation)
        return violations(request, reader)

    def is_valid(self, draft: Draft) -> bool:
        """
        Say whether a draft keeps the contract once it is serialised.
        """
        try:
            return not self.violations(draft)
        except Unserialisable:
            return False

    def is_invalid(self, draft: Draft) -> bool:
        """
        Say whether a draft breaks the contract once it is serialised: the proof of an invalid case.
        """
        try:
            return bool(self.violations(draft))
        except Unserialisable:
            return False


def is_opaque(parameter: Parameter) -> bool:
    """
    Say whether only the provider knows what the parameter may be.
    """
    name = plain(parameter.name)
    if name in _names.CONDITIONS:
        return True
    if parameter.location == "header" and name in _names.IDEMPOTENCY:
        return False
    if name in _names.CURSORS:
        return True
    if name in _names.FREE:
        schema = parameter.schema
        node = schema.resolved if schema is not None else {}
        return not (isinstance(node, dict) and ("enum" in node or "items" in node or "pattern" in node))
    return False


def shown(value: Any) -> str:
    """
    Write an instance for a name of a case: short, on one line.
    """
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"


__all__ = ["RECIPES", "Maker", "is_opaque", "replace", "shown"]
