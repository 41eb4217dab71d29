"""
What a behaviour says: an answer or a problem, before it is bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import Struct
from msgspec import field as member

from aegis_contracts import Violation
from aegis_mockserver.core.contents._proofs import Proof
from aegis_mockserver.world._messages import Stream


class _NoBody:
    __slots__ = ()

    def __repr__(self) -> str:
        return "NO_BODY"


NO_BODY: Final = _NoBody()


@dataclass(slots=True)
class ItemChange:
    """
    What a store operation changed: ``$change#/fields``, ``/old`` and ``/new`` of ``x-emits``.
    """

    fields: list[str]
    old: dict[str, Any]
    new: dict[str, Any]

    def as_value(self) -> dict[str, Any]:
        """
        Return the change as JSON, for expressions to point into.
        """
        return {"fields": self.fields, "old": self.old, "new": self.new}


class Answer(Struct, gc=False):
    """
    What a behaviour says; the core turns it into bytes and checks it against the contract.

    Args:
        status: HTTP status.
        body: a JSON value; leave it out for a response without a body.
        headers: response headers by name; what the contract requires and is not here is generated.
        media_type: one of the response's media types; left out, the request's ``Accept`` decides.
        content: exact bytes to send instead of *body*; checked like everything, unless they are a ``Proof``.
        change: what the operation changed, for ``x-emits``.
        facts: what ``$facts#/…`` in ``x-emits`` may use; never sent to the client.
        origin: shown in the journal: behaviour, state, example, generated, problem, scenario, proxy, control, content.
        stream: what follows the content until the reader leaves.
    """

    status: int
    body: Any = NO_BODY
    headers: dict[str, str] = member(default_factory=dict)
    media_type: str | None = None
    content: bytes | Proof | None = None
    change: ItemChange | None = None
    facts: Mapping[str, Any] | None = None
    origin: str = "behaviour"
    stream: Stream | None = None


@dataclass(slots=True)
class Problem:
    """
    A refusal (RFC 9457) by its stable code.

    Args:
        code: one of the contract's ``x-problems``, or one of the mock's own.
        status: left out, the contract's ``x-problems`` says it.
        detail: what went wrong this time.
        title: left out, the contract's ``x-problems`` says it.
        violations: the rules that the request broke.
        headers: more response headers, such as ``Retry-After``.
        members: more members of the problem body.
        mend: how the mock would be told to take the request, in a sentence.
    """

    code: str
    status: int = 0
    detail: str = ""
    title: str = ""
    violations: tuple[Violation, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)
    mend: str = ""
