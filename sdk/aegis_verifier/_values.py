"""
The values of a verification: requests, exchanges, cases and what came out of them.

A case is a claim about the provider and a script that shows it: a generator that yields requests and is sent the
exchange of each. It knows no socket, so the same case runs over one, in process, or in a test of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

from aegis_contracts import Operation, Violation
from aegis_contracts.exchange import essence

Severity = Literal["error", "warning"]
Headers: TypeAlias = tuple[tuple[str, str], ...]
CURRENT = '"aegis-current"'
NOTHING: Any = type("Nothing", (), {"__repr__": lambda self: "NOTHING", "__bool__": lambda self: False})()


@dataclass(frozen=True)
class Request:
    """
    One request as it travels.

    Args:
        target: path and query, percent-encoded; the base URL's own path is put before it.
        path_values: template expression → raw segment.
        value: the body as an instance, before it was serialised; ``NOTHING`` without one.
        provoked: statuses that HTTP itself gives for what is asked; they may be answered without being declared.
        garbled: it is beyond what the contract speaks of (broken UTF-8, say), so a refusal may have any form.
        foreign: no operation of the contract is asked, so no answer of one is expected.
        secrets: texts of the request that no answer and no report may show.
        server: where it is sent, when that is not the provider under test.
        condition: is sent first; the ``ETag`` of its answer stands where ``If-Match`` says ``CURRENT``.
    """

    operation: Operation
    method: str
    target: str
    headers: Headers = ()
    body: bytes | None = None
    path_values: Mapping[str, str] = field(default_factory=dict[str, str])
    value: Any = NOTHING
    provoked: frozenset[int] = frozenset()
    garbled: bool = False
    foreign: bool = False
    secrets: tuple[str, ...] = ()
    server: str = ""
    condition: Request | None = None

    def provoking(self, *statuses: int) -> Request:
        """
        Return the request as one that asks for such an answer.
        """
        return replace(self, provoked=self.provoked | set(statuses))

    def header(self, name: str) -> str | None:
        """
        Return a header's value, whatever the case of its name.
        """
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def on(self, answer: Response | None) -> Request:
        """
        Return the request with the entity tag of *answer* for its condition; with any, where it has none.
        """
        tag = answer.headers.get("etag", "*") if answer is not None else "*"
        headers = tuple((name, tag if value == CURRENT else value) for name, value in self.headers)
        return replace(self, headers=headers, condition=None)

    def with_headers(self, **changed: str | None) -> Request:
        """
        Return the same request with headers set, or removed by None; underscores stand for hyphens.
        """
        names = {name.replace("_", "-").lower(): value for name, value in changed.items()}
        kept = [(name, value) for name, value in self.headers if name.lower() not in names]
        return replace(self, headers=(*kept, *((name, value) for name, value in names.items() if value is not None)))


@dataclass(frozen=True)
class Response:
    """
    One response; headers by lower-case name, repeated ones joined by ``, `` (RFC 9110 §5.3).
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """
        The media type without parameters.
        """
        return essence(self.headers.get("content-type", ""))

    @cached_property
    def value(self) -> Any:
        """
        The body as JSON; ``NOTHING`` where it is none.
        """
        import msgspec

        try:
            return msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            return NOTHING


@dataclass(frozen=True)
class Exchange:
    """
    A request and what came of it.

    Args:
        trouble: ``hang`` when the deadline passed, ``connection`` when it broke; then there is no response.
        said: what the trouble was, in words.
        started: seconds since the run began.
    """

    request: Request
    response: Response | None
    trouble: Literal["", "hang", "connection"] = ""
    said: str = ""
    seconds: float = 0.0
    started: float = 0.0

    @property
    def status(self) -> int:
        """
        The response's status; 0 without one.
        """
        return self.response.status if self.response is not None else 0

    @property
    def succeeded(self) -> bool:
        """
        Say whether the provider did what was asked.
        """
        return 200 <= self.status < 400

    @property
    def value(self) -> Any:
        """
        The response's body as JSON.
        """
        return self.response.value if self.response is not None else NOTHING


@dataclass(frozen=True)
class Together:
    """
    Requests that are sent at the same moment; the script is sent their exchanges as a list.
    """

    requests: tuple[Request, ...]


@dataclass(frozen=True)
class Wait:
    """
    Let *look* ask for something again and again, until it answers other than None or *seconds* have passed.
    """

    look: Callable[[], Any]
    seconds: float


@dataclass(frozen=True)
class Failure:
    """
    A violation, and the exchange that shows it.
    """

    violation: Violation
    exchange: Exchange | None
    severity: Severity = "error"


class Open(Exception):  # noqa: N818 - no error: a case that could not be decided here, and why
    """
    Ends a script whose claim could be neither shown nor refuted.
    """


Script: TypeAlias = Generator[Request | Together | Wait, Any, Iterable[Failure]]


@dataclass(frozen=True)
class Case:
    """
    One claim about a provider.

    Args:
        kind: what sort of case it is, such as ``boundaries``.
        name: tells it from others of its kind and operation; stable from run to run.
        claim: the sentence that holds when nothing is found.
        script: makes the generator; each call begins anew.
        alone: nothing else may happen at the provider meanwhile.
    """

    operation: Operation
    kind: str
    name: str
    claim: str
    script: Callable[[], Script] = field(repr=False)
    alone: bool = False

    @property
    def id(self) -> str:
        """
        What baselines and reports call the case.
        """
        return f"{self.operation.key}/{self.kind}/{self.name}"


@dataclass
class Outcome:
    """
    What came of a case.

    Args:
        open: why it could not be decided; empty when it was.
        not_run: it was asked for, and something in it is not run at all.
    """

    case: Case
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    failures: list[Failure] = field(default_factory=list[Failure])
    open: str = ""
    not_run: bool = False

    @property
    def verdict(self) -> Literal["held", "broken", "open"]:
        """
        Say whether the claim held.
        """
        if any(failure.severity == "error" for failure in self.failures):
            return "broken"
        return "open" if self.open else "held"
