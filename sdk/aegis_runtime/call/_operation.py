"""
What the generated code tells the runtime about an API: plain frozen values, made at import, so cheap to make (neither
``eq`` nor ``repr``: each costs a millisecond of every user's start).

Nothing here sends anything. Models are named by reference (``"package.module:Name"`` or a function) and looked up
when the first answer needs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from aegis_runtime.content._check import Check
from aegis_runtime.content._decode import Decoder
from aegis_runtime.content._encode import Encoder
from aegis_runtime.errors import ApiError, CallError

__all__ = [
    "ApiSpec",
    "BodySpec",
    "CircuitSpec",
    "OperationSpec",
    "PageSpec",
    "ParameterSpec",
    "ResponseSpec",
    "SecurityScheme",
]

T_co = TypeVar("T_co", covariant=True)
Answer = TypeVar("Answer")
Item = TypeVar("Item")

_NAMES = re.compile(r"\{([^{}]+)\}")
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CircuitSpec:
    """
    When a circuit opens and for how long.

    Attributes:
        failures: how many in a row open it.
        recovery: seconds until a probe may try.
    """

    failures: int
    recovery: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ApiSpec:
    """
    What all operations of one contract have in common (its ``x-sdk`` and ``x-problems``).

    Attributes:
        name: the contract's short name ("user"); with the host it names the circuit.
        client: the client class, for messages and the User-Agent.
        package: the top-level package that holds the client; its logger has this name.
        env: prefix of the environment variables: ``{env}_URL``, ``{env}_TOKEN`` and ``{env}_TRANSPORT``.
        error: the family that every error of this API belongs to.
        server: the base URL to use when neither the caller nor the environment names one.
        timeout: seconds for a whole call, over all attempts.
        connect_timeout: seconds for connecting, within the timeout.
        retry: the statuses that are worth another attempt, in place of the usual ones.
        problems: gives the error class of each declared problem code, when first needed.
    """

    name: str
    client: str
    env: str
    error: type[CallError]
    package: str
    version: str
    server: str | None
    timeout: float
    connect_timeout: float
    circuit: CircuitSpec
    retry: frozenset[int] | None = None
    problems: Callable[[], Mapping[str, type[ApiError]]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SecurityScheme:
    """
    Where a credential goes.

    Attributes:
        name: the scheme's name in the contract ("bearerAuth").
        parameter: the header's or query parameter's name.
        prefix: what stands before the token ("Bearer ", "Infuser ").
    """

    name: str
    location: Literal["header", "query"]
    parameter: str
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ParameterSpec:
    """
    How a parameter's value is written, in OpenAPI's words.

    Attributes:
        media_type: set when the contract types the parameter by ``content``; the value is then written as JSON.
        allow_reserved: query only: reserved characters stay as they are.
        check: holds the value against the contract; ``None`` when its Python type says all there is.
    """

    name: str
    location: Literal["path", "query", "header", "cookie"]
    style: Literal["simple", "label", "matrix", "form", "spaceDelimited", "pipeDelimited", "deepObject"] | None = None
    explode: bool | None = None
    allow_reserved: bool = False
    media_type: str | None = None
    check: Check | None = None

    def __post_init__(self) -> None:
        if self.style is None:
            object.__setattr__(self, "style", "form" if self.location in ("query", "cookie") else "simple")
        if self.explode is None:
            object.__setattr__(self, "explode", self.style == "form")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class BodySpec:
    """
    How a request body is written: ``JsonEncoder("…:RegisterUser")`` for JSON and its relatives.
    """

    media_type: str = "application/json"
    encode: Encoder
    required: bool = False


# Generics have no slots: OperationSpec[User](…) sets __orig_class__, which a frozen class with slots cannot refuse
# politely.
@dataclass(frozen=True, eq=False, repr=False)
class ResponseSpec(Generic[T_co]):
    """
    How an answer of one status is read.

    Attributes:
        content: a decoder for each media type, in the contract's order; empty when the contract gives the status no
            body.
    """

    content: Mapping[str, Decoder[T_co]] = field(default_factory=dict[str, "Decoder[T_co]"])


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OperationSpec(Generic[T_co]):
    """
    One operation, and ``T_co`` is what calling it returns.

    Attributes:
        path: the contract's path template.
        parameters: in the order in which the generated method passes their values.
        responses: what the call returns, by status: ``"200"``, ``"2XX"`` or ``"default"`` (which covers 2xx only).
            A 4xx or 5xx named here is a result, not an error, and is not retried.
        errors: typed error bodies, by status pattern; they end up in ``ApiError.error_body``.
        security: alternatives, the preferred one first; empty when no credential is asked for.
        idempotent: whether sending it twice is the same as sending it once; the method decides when ``None``.
        idempotency_header: the header that makes a non-idempotent operation repeatable, or ``None``.
        idempotency_check: holds that header's value against the contract.
        timeout, connect_timeout: the operation's own, where they differ from the API's.
        retry: the statuses that are worth another attempt, in place of the usual ones (408, 425, 429, 5xx).
    """

    api: ApiSpec
    operation_id: str
    method: str
    path: str
    parameters: tuple[ParameterSpec, ...] = ()
    body: BodySpec | None = None
    responses: Mapping[str, ResponseSpec[T_co]]
    errors: Mapping[str, ResponseSpec[object]] = field(default_factory=dict[str, ResponseSpec[object]])
    security: tuple[SecurityScheme, ...] = ()
    idempotent: bool | None = None
    idempotency_header: str | None = None
    idempotency_check: Check | None = None
    retry: frozenset[int] | None = None
    timeout: float | None = None
    connect_timeout: float | None = None
    accept: str = ""
    segments: tuple[str | int, ...] = field(init=False)
    """The path, split: literal text, and the index of a path parameter in ``parameters``."""
    others: tuple[int, ...] = field(init=False)
    """Indexes of the parameters that are not in the path."""

    def __post_init__(self) -> None:
        where = {p.name: index for index, p in enumerate(self.parameters) if p.location == "path"}
        pieces = _NAMES.split(self.path)
        split: list[str | int] = [where[piece] if index % 2 else piece for index, piece in enumerate(pieces)]
        object.__setattr__(self, "segments", tuple(piece for piece in split if piece != ""))
        others = set(range(len(self.parameters))).difference(where.values())
        object.__setattr__(self, "others", tuple(sorted(others)))
        if self.idempotent is None:
            object.__setattr__(self, "idempotent", self.method in _IDEMPOTENT)
        if not self.accept:
            object.__setattr__(self, "accept", _accept(self.responses, self.errors))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PageSpec(Generic[Answer, Item]):
    """
    How a list operation is paged.

    Attributes:
        cursor: the index of the cursor in the operation's parameters.
        items: takes the items out of an answer.
        next: takes the next cursor out of an answer; ``None`` or ``""`` ends the list.
    """

    cursor: int
    items: Callable[[Answer], list[Item]]
    next: Callable[[Answer], str | None]


def _accept(*groups: Mapping[str, ResponseSpec[object]]) -> str:
    names = dict.fromkeys(name for group in groups for spec in group.values() for name in spec.content)
    return ", ".join(names)
