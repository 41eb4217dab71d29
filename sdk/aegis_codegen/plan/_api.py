"""
Operations: what a caller can do, how it is sent, and what comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegis_codegen.plan._models import Definition
from aegis_codegen.plan._types import Type

Codec = Literal["json", "text", "bytes", ""]
ERROR_BASES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    410: "GoneError",
    413: "PayloadTooLargeError",
    415: "UnsupportedMediaTypeError",
    422: "UnprocessableError",
    429: "RateLimitedError",
    503: "ServiceUnavailableError",
}
"""The runtime's error class of each status that has one of its own."""


def error_base(status: int) -> str:
    """
    Name the runtime's error class for *status*.
    """
    return ERROR_BASES.get(status) or ("ServerError" if status >= 500 else "ClientError")


@dataclass(frozen=True, slots=True)
class Security:
    """
    Where a credential goes.
    """

    name: str
    location: Literal["header", "query"]
    parameter: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    A parameter as it is sent.

    Attributes:
        media_type: set when the contract types it by ``content``.
        argument: the method's argument that gives its value.
        check: the definition that its values are held against, or empty when any value of its Python type will do.
    """

    name: str
    location: Literal["path", "query", "header", "cookie"]
    style: str
    explode: bool
    allow_reserved: bool
    media_type: str
    argument: str
    check: str


@dataclass(frozen=True, slots=True)
class Argument:
    """
    An argument of a method.

    Attributes:
        positional: may be given by place (path parameters); everything else is given by name.
        source: "parameter", "property" of the body, the "body" itself, or "rest": further properties of an open body.
    """

    name: str
    python: str
    type: Type
    required: bool
    positional: bool
    source: Literal["parameter", "property", "body", "rest"]
    description: str
    deprecated: bool
    sensitive: bool
    default: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """
    The request body.

    Attributes:
        definition: what it is checked against, by name; empty for text and bytes.
    """

    media_type: str
    codec: Codec
    definition: str
    required: bool


@dataclass(frozen=True, slots=True)
class Header:
    """
    A header of a response; read it from the raw response.
    """

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Response:
    """
    What an answer of one status holds.

    Attributes:
        content: (media type, codec, definition) in the contract's order; empty when there is no body.
        result: the call returns it; anything else is raised.
        own: described by the operation itself, and not shared by many.
    """

    status: str
    description: str
    content: tuple[tuple[str, Codec, str], ...]
    headers: tuple[Header, ...]
    result: bool
    own: bool


@dataclass(frozen=True, slots=True)
class Pagination:
    """
    How a list goes on: the index of its cursor parameter, and the ways to its items and to the next cursor.
    """

    cursor: int
    items: tuple[str, ...]
    next: tuple[tuple[str, bool], ...]
    """Steps to the next cursor, and whether what stands before the step may be missing."""
    item: Type


@dataclass(frozen=True, slots=True)
class Operation:
    """
    An operation, as a method of its resource.
    """

    operation_id: str
    method: str
    path: str
    resource: str
    python: str
    constant: str
    summary: str
    description: str
    deprecated: bool
    parameters: tuple[Parameter, ...]
    arguments: tuple[Argument, ...]
    body: Body | None
    responses: tuple[Response, ...]
    result: Type
    security: tuple[Security, ...]
    idempotency_header: str = ""
    idempotency_check: str = ""
    retry: tuple[int, ...] | None = None
    idempotent: bool | None = None
    pagination: Pagination | None = None
    timeout: float | None = None
    connect_timeout: float | None = None

    @property
    def results(self) -> tuple[Response, ...]:
        """
        What the call returns.
        """
        return tuple(response for response in self.responses if response.result)

    @property
    def errors(self) -> tuple[Response, ...]:
        """
        What the call raises.
        """
        return tuple(response for response in self.responses if not response.result)


@dataclass(frozen=True, slots=True)
class Resource:
    """
    Operations that belong together, as an attribute of the client.
    """

    name: str
    class_name: str
    description: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """
    A declared problem code and its error class.

    Attributes:
        type: the URI that identifies it in problem bodies; empty where the API's refusals have another shape.
        constant: its name for those who answer with it.
        retryable: whether another attempt may succeed, where the contract says so.
    """

    code: str
    class_name: str
    status: int
    base: str
    title: str
    description: str
    type: str = ""
    constant: str = ""
    retryable: bool | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """
    One contract's whole SDK.

    Attributes:
        parent: the package that the generated one goes into; empty when it stands alone.
        error: the family of errors that it makes.
    """

    source: str
    package: str
    client: str
    env: str
    title: str
    version: str
    description: str
    server: str
    timeout: float
    connect_timeout: float
    failures: int
    recovery: float
    error: str
    resources: tuple[Resource, ...]
    problems: tuple[Problem, ...]
    models: tuple[Definition, ...]
    inputs: tuple[Definition, ...]
    parent: str = ""
    retry: tuple[int, ...] | None = None

    @property
    def module(self) -> str:
        """
        The generated package's full name.
        """
        return f"{self.parent}.{self.package}" if self.parent else self.package

    @property
    def root(self) -> str:
        """
        The top-level package that it is part of.
        """
        return self.module.partition(".")[0]

    @property
    def operations(self) -> tuple[Operation, ...]:
        """
        Every operation, resource by resource.
        """
        return tuple(operation for resource in self.resources for operation in resource.operations)
