"""
Answers that the contract itself holds, negotiated: by ``Accept``, by ``Prefer``, as bytes.

Deterministic: the same operation, parameters and seed give the same bytes, so they are made and proved once and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from aegis_contracts import InvalidSchemaError, Operation, Response, Violation
from aegis_mockserver.core._caches import Cache
from aegis_mockserver.core._messages import NO_BODY, Answer, Problem
from aegis_mockserver.core.contents import _accept, _content
from aegis_mockserver.core.contents._prefer import Preference
from aegis_mockserver.core.contents._proofs import Proof
from aegis_mockserver.core.operations._instances import Instances, concrete
from aegis_mockserver.core.operations._responses import CompiledResponses


@dataclass(frozen=True, slots=True)
class Content:
    """
    Content of the contract's own, and where it came from; proved, unless it breaks its schema.
    """

    content: bytes | Proof
    media_type: str
    origin: str
    size: int


class GeneratedKey(NamedTuple):
    """
    What a generated instance follows from.
    """

    operation: Operation
    status: int
    media_type: str
    seed: str
    dynamic: bool


class RefusalKey(NamedTuple):
    """
    What the content of a refusal follows from.

    Args:
        path: of the request, with its query: what is made up follows from both.
    """

    operation: Operation
    code: str
    status: int
    title: str
    detail: str
    violations: tuple[Violation, ...]
    path: str
    query: bytes
    accept: str


Contents = Cache[GeneratedKey | RefusalKey, Content]


class Answers:
    """
    The answers of one operation.
    """

    def __init__(
        self, operation: Operation, responses: CompiledResponses, instances: Instances, contents: Contents
    ) -> None:
        self.operation = operation
        self.default_status = instances.default_status
        self._responses = responses
        self.instances = instances
        self._contents = contents
        self._examples: dict[tuple[int, str, str | None], Content | None] = {}

    @property
    def refuses_unacceptable(self) -> bool:
        """
        Say whether the contract knows a refusal of what the client cannot accept.
        """
        return "406" in self.operation.responses

    def media_type(self, status: int, accept: str) -> str | None:
        """
        Choose the media type of a response; None when it has no content.

        Raises:
            LookupError: the client accepts none of those declared.
        """
        response = self._responses[status]
        first = response.first
        if first is None or not accept or accept in {"*/*", first}:
            return first
        chosen = _accept.choose(response.offered, accept)
        if chosen is None:
            raise LookupError(", ".join(response.offered))
        return chosen

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
        declared = self._responses[status].declared
        if declared is None:
            return self._unknown("code", self.operation.responses)
        if name is not None and name not in self._names([declared]):
            return self._unknown("example", self._names([declared]))
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
            media_type = self._responses[status].first
            # A refusal is always reachable, whatever the client accepts; so is all that nobody declared 406 for.
            if self.refuses_unacceptable and status < 400:
                return Problem("not_acceptable", 406, f"The response is offered as {error}.")
        if media_type is None:
            return Answer(status, origin="example")
        found = None if dynamic else self._example(status, media_type, example)
        if found is None:
            key = GeneratedKey(self.operation, status, media_type, seed, dynamic)
            found = self._contents.get(key) or self._generate(key, values or {})
        return Answer(status, NO_BODY, {}, found.media_type, found.content, origin=found.origin)

    def exemplary(self, accept: str) -> Answer | None:
        """
        Answer success with the first example; None where there is none, and one must be made up.

        Raises:
            LookupError: the client accepts none of the media types that are declared.
        """
        status = self.default_status
        media_type = self.media_type(status, accept)
        found = self._example(status, media_type, None) if media_type is not None else None
        return Answer(status, NO_BODY, {}, found.media_type, found.content, origin=found.origin) if found else None

    def _example(self, status: int, media_type: str, name: str | None) -> Content | None:
        """
        Return an example as bytes: the one of that name, else the first if it is valid; all are kept, being few.
        """
        try:
            return self._examples[status, media_type, name]
        except KeyError:
            example = self.instances.fixed(status, media_type, name)
            found = self._written(status, media_type, example.value, "example") if example is not None else None
            self._examples[status, media_type, name] = found
            return found

    def _generate(self, key: GeneratedKey, values: Mapping[str, Any]) -> Content:
        status, media_type = key.status, key.media_type
        value = self.instances.generated(status, media_type, key.seed, values, examples=not key.dynamic)
        made = self._written(status, media_type, value, "generated")
        return self._contents.put(key, made, made.size)

    def _written(self, status: int, media_type: str, value: Any, origin: str) -> Content:
        checker = self._responses[status].checkers[media_type]
        written = _content.write(value, media_type, checker.media)
        try:
            proved = checker.prove(written)
        except InvalidSchemaError:
            proved = None  # nobody can judge it: said when the answer is checked
        return Content(proved or written, checker.sent_type, origin, len(written))

    def _status_with(self, name: str) -> int | None:
        for status, response in self.operation.responses.items():
            if name in self._names([response]):
                return concrete(status)
        return None

    @staticmethod
    def _names(responses: Iterable[Response]) -> list[str]:
        return [name for response in responses for media in response.content.values() for name in media.examples]

    @staticmethod
    def _unknown(what: str, known: Iterable[str]) -> Problem:
        names = ", ".join(dict.fromkeys(known)) or "none"
        return Problem("preference_unknown", 404, f"Prefer: {what} must be one that the contract declares: {names}.")
