"""
The responses of an operation as the mock sends them: everything that a status decides, worked out at its first use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple, TypeAlias

from aegis_contracts import MediaType, Operation, Parameter, Response
from aegis_contracts.exchange import bodiless, kind
from aegis_contracts.exchange._scalars import members, types
from aegis_mockserver.core.contents import _headers
from aegis_mockserver.core.contents._proofs import ContentChecker

Plainly: TypeAlias = Mapping[str | None, tuple[MediaType, _headers.Written]]
_PROBLEM = "application/problem+json"
# What providers call the text of a refusal, likeliest first.
TEXTS = ("message", "msg", "detail", "error_description", "description", "title", "error", "reason")


class Places(NamedTuple):
    """
    What the form of a refusal has places for; a problem detail (RFC 9457) has one for everything, and names none.

    Args:
        named: its members.
        needed: what a problem detail must have to say all of it.
        texts: what it calls its text.
    """

    named: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()

    @classmethod
    def of(cls, media: MediaType) -> Places:
        """
        Find them in a form's schema.
        """
        if media.media_type == _PROBLEM or media.schema is None:
            return cls()
        root = media.schema.projected("response")
        found = members(root, root)
        needed = {name for name, part in found.items() if types(part, root) & {"object", "array"}}
        if found.keys() & {"success", "ok"}:
            needed.add("success")
        texts = tuple(name for name in TEXTS if name in found and "string" in types(found[name], root))
        return cls(frozenset(found), frozenset(needed), texts)


class CompiledResponse:
    """
    One status of an operation.

    Args:
        seed: what values of declared headers depend on.
    """

    def __init__(self, operation: Operation, status: int, seed: str, fail: Callable[[str], None]) -> None:
        self._seed = f"{seed}|{operation.key}|{status}"
        self._fail = fail
        self.status = status
        self.declared: Response | None = operation.response(status)
        self.bodiless = bodiless(operation.method, status)
        content = self.declared.content if self.declared is not None and not self.bodiless else {}
        self.offered: Mapping[str, MediaType] = content
        self.first = next(iter(content), None)
        # What is told event by event to who asks for it.
        self.events = next((name for name in content if name.startswith("text/event-stream")), None)
        self.checkers = {name: ContentChecker(media) for name, media in content.items()}
        headers = self.declared.headers if self.declared is not None else {}
        self.headers: Mapping[str, Parameter] = headers
        # The header that identifies the exchange, as the contract writes it.
        self.id_header = next(
            (header for name, header in headers.items() if name.lower() in _headers.REQUEST_IDS), None
        )

    @cached_property
    def values(self) -> tuple[tuple[str, str], ...]:
        """
        Values for the declared headers, by lower-case name.
        """
        found: list[tuple[str, str]] = []
        for name, header in self.headers.items():
            try:
                value = _headers.value_of(header, f"{self._seed}|{name}")
            except Exception:  # noqa: BLE001 - a header that cannot be made must not keep the body from the client
                if header.required:
                    self._fail(f"no value for the required header {header.source}")
                continue
            if value is not None:
                found.append((name.lower(), value))
        return tuple(found)

    @cached_property
    def plain(self) -> Plainly:
        """
        The headers of an answer of which the contract names no others, by the media type that is sent: JSON.
        """
        if self.headers:
            return {}
        return {
            checker.sent_type: (checker.media, _headers.Written({"content-type": checker.sent_type}))
            for checker in self.checkers.values()
            if kind(checker.sent_type) == "json" and _headers.is_plain(checker.sent_type)
        }

    @cached_property
    def forms(self) -> tuple[ContentChecker, ...]:
        """
        What a refusal may be written as: problem+json first, then JSON of any kind.
        """

        def likeness(name: str) -> int:
            return 0 if name == _PROBLEM else 1 if kind(name) == "json" else 2

        return tuple(self.checkers[name] for name in sorted(self.checkers, key=likeness))

    def places(self, checker: ContentChecker) -> Places:
        """
        Say what a form has places for.
        """
        found = self._found.get(checker.media.media_type)
        if found is None:
            found = self._found[checker.media.media_type] = Places.of(checker.media)
        return found

    @cached_property
    def _found(self) -> dict[str, Places]:
        return {}


class CompiledResponses(dict[int, CompiledResponse]):
    """
    The responses of one operation by status, each compiled when it is first asked for.
    """

    def __init__(self, operation: Operation, seed: str, fail: Callable[[str], None]) -> None:
        super().__init__()
        self._operation = operation
        self._seed = seed
        self._fail = fail

    def __missing__(self, status: int) -> CompiledResponse:
        found = self[status] = CompiledResponse(self._operation, status, self._seed, self._fail)
        return found
