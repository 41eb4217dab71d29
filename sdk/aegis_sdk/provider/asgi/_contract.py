"""
Requests and responses held to the contract, at the door of an ASGI application.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from inspect import isawaitable
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from aegis_contracts import Contract, Match, Operation, Routes, Violation, bundled, load
from aegis_contracts.exchange import Challenge, Credential, RequestReader, ResponseChecker, SecurityReader, essence
from aegis_sdk._generated.user import problems as declared
from aegis_sdk._scope import CALLER, ENDPOINT, OPERATION, REQUEST_ID
from aegis_sdk.errors import ConfigurationError, MissingExtraError
from aegis_sdk.provider._problem import ProblemError
from aegis_sdk.provider._request_id import request_id_of
from aegis_sdk.provider.asgi._messages import (
    Application,
    Caught,
    Disconnected,
    Message,
    Receive,
    Scope,
    Send,
    TooLarge,
    headers_of,
    read_body,
    replay,
)

__all__ = ["Authenticate", "ContractMiddleware", "ContractReport", "Mode"]

Mode = Literal["strict", "report", "off"]
Authenticate = Callable[[Credential], Awaitable[object] | object]

_log = logging.getLogger("aegis_sdk.provider")


@dataclass(frozen=True, slots=True)
class ContractReport:
    """
    A message that breaks the contract: where, and every rule, never a value.

    Attributes:
        message: whose it is: ``request`` or ``response``.
        operation: the operationId.
        status: of the response; 0 for a request.
    """

    message: Literal["request", "response"]
    operation: str
    status: int
    violations: tuple[Violation, ...]

    def __str__(self) -> str:
        what = f"response {self.status}" if self.status else "request"
        return f"{self.operation}: {what} breaks the contract: " + "; ".join(map(str, self.violations))


@dataclass(slots=True)
class _Door:
    """
    What is known of one operation, made when it is first asked for.
    """

    operation: Operation
    request: RequestReader
    response: ResponseChecker
    security: SecurityReader
    produces: tuple[str, ...]


class ContractMiddleware:
    """
    Holds an application to its contract.

    ``strict``: a request that breaks the contract is refused as the contract says (400, 401, 406, 413, 415), and an
    answer that breaks it becomes a 500 before anybody builds on it. ``report``: both go through, and are told. ``off``:
    nothing is looked at. Whether a credential is good, only the service knows: *authenticate* says it.

    It also gives each answer its ``X-Request-Id``, and turns a ``ProblemError`` that the application lets out into its
    response. Paths that the contract does not have, below its servers' paths or without them, go through.

    Args:
        contract: the document; the User API's of this version unless given.
        report: is called with what breaks the contract; it is logged unless given.
        authenticate: is given the credential of each request that needs one, before anything else of it is read, and
            says who calls, which stands in ``scope["aegis.caller"]`` then; what is false is refused (401). It may be
            asynchronous, and may raise (``FORBIDDEN.error()``). ``ApiKeys`` is one. Without it every credential that
            has the right form goes through.
        most: how many bytes of a request are read, and of an answer held to check it. A longer answer, and a stream of
            events, goes through unchecked.
    """

    def __init__(
        self,
        app: Application,
        contract: Contract | str | Path | None = None,
        *,
        mode: Mode = "strict",
        report: Callable[[ContractReport], None] | None = None,
        authenticate: Authenticate | None = None,
        most: int = 1_048_576,
    ) -> None:
        if mode not in get_args(Mode):
            raise ConfigurationError(f"ContractMiddleware: mode must be one of {', '.join(get_args(Mode))}")
        if mode == "off" and authenticate is not None:
            raise ConfigurationError('ContractMiddleware: with mode="off" nobody would be asked to authenticate')
        self._app = app
        self._mode = mode
        self._report = report or _logged
        self._authenticate = authenticate
        self._most = most
        self._routes: Routes[Operation] = Routes()
        self._doors: dict[str, _Door] = {}
        self._prefixes: tuple[str, ...] = ("",)
        if mode != "off":
            _needs_the_extra()
            if not isinstance(contract, Contract):
                contract = load(contract if contract is not None else bundled() / "openapi" / "user.yaml")
            for operation in contract.all_operations():
                self._routes.add(operation.method, operation.path, operation)
                # Paths are relative to the servers' addresses (OpenAPI 3.1 §4.8.5); a service may have those or not.
                servers = (urlsplit(str(server.get("url", ""))).path.rstrip("/") for server in operation.servers)
                self._prefixes = tuple(dict.fromkeys((*self._prefixes, *servers)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._mode == "off" or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        request_id = scope[REQUEST_ID] = request_id_of(headers.get("x-request-id"))
        match = self._find(scope["method"], _raw_path(scope))
        if match is None:
            await self._app(scope, receive, _identified(send, request_id))
            return
        scope[OPERATION] = match.value.key
        scope[ENDPOINT] = match.value.path
        door = self._door(match.value)
        try:
            receive = await self._admit(door, match.path_values, scope, headers, receive)
        except Disconnected:
            return
        except ProblemError as refused:
            await refused.response(request_id=request_id, instance=scope["path"])(scope, receive, send)
            return
        caught = Caught(_identified(send, request_id), self._most)
        try:
            await self._app(scope, receive, caught.take)
        except ProblemError as refused:
            if caught.passed:
                raise
            caught = Caught(send, self._most)
            await refused.response(request_id=request_id, instance=scope["path"])(scope, receive, caught.take)
        except Exception:
            if not caught.passed:
                failed = declared.INTERNAL_ERROR.response(request_id=request_id, instance=scope["path"])
                await failed(scope, receive, send)
            raise
        if caught.whole:
            await self._let_go(door, caught, request_id, scope, receive, send)

    async def _admit(
        self, door: _Door, values: Mapping[str, str], scope: Scope, headers: dict[str, str], receive: Receive
    ) -> Receive:
        """
        Read a request and hold it to the contract; what gives its body on.
        """
        strict = self._mode == "strict"
        query = scope.get("query_string", b"").decode("latin-1")
        credentials = door.security.read(query, headers)
        if isinstance(credentials, Challenge):
            if strict or self._authenticate is not None:
                told = {"www-authenticate": credentials.header}
                raise declared.UNAUTHORIZED.error("Send a valid key in the Authorization header.", headers=told)
        elif self._authenticate is not None:
            for credential in credentials:
                scope[CALLER] = await _caller(self._authenticate, credential)
        try:
            body = await read_body(receive, headers, self._most)
        except TooLarge as large:
            if not strict:
                return replay(large.read, receive, more=True)
            raise declared.CONTENT_TOO_LARGE.error(f"A body may have {self._most:,} bytes.") from None
        reading = door.request.read(values, query, headers, body)
        if reading.violations:
            self._report(ContractReport("request", door.operation.key, 0, tuple(reading.violations)))
        if strict and reading.unsupported:
            raise declared.UNSUPPORTED_MEDIA_TYPE.error("Send the content type that the operation's contract names.")
        if strict and reading.violations:
            number = len(reading.violations)
            counted = "1 rule is violated." if number == 1 else f"{number} rules are violated."
            raise declared.INVALID_REQUEST.error(counted, violations=reading.violations)
        if strict and door.produces and not _acceptable(headers.get("accept", ""), door.produces):
            raise declared.NOT_ACCEPTABLE.error(f"This operation answers with {' or '.join(door.produces)}.")
        return replay(body, receive)

    def _find(self, method: str, path: str) -> Match[Operation] | None:
        for prefix in self._prefixes:
            if path.startswith(prefix):
                match = self._routes.find(method, path.removeprefix(prefix))
                if isinstance(match, Match):
                    return match
        return None

    async def _let_go(
        self, door: _Door, caught: Caught, request_id: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """
        Send an answer that is as the contract says, or what stands for one that is not.
        """
        headers = dict(caught.headers)
        headers.setdefault("x-request-id", request_id)
        found = door.response.violations(caught.status, headers, caught.content)
        if found:
            self._report(ContractReport("response", door.operation.key, caught.status, tuple(found)))
        if found and self._mode == "strict":
            failed = declared.INTERNAL_ERROR.response(request_id=request_id, instance=scope["path"])
            await failed(scope, receive, send)
        else:
            await caught.let_go()

    def _door(self, operation: Operation) -> _Door:
        door = self._doors.get(operation.key)
        if door is None:
            good = [response for status, response in operation.responses.items() if status.startswith("2")]
            produces = tuple(dict.fromkeys(media for response in good for media in response.content))
            door = _Door(
                operation, RequestReader(operation), ResponseChecker(operation), SecurityReader(operation), produces
            )
            self._doors[operation.key] = door
        return door


async def _caller(authenticate: Authenticate, credential: Credential) -> object:
    found = authenticate(credential)
    caller = await found if isawaitable(found) else found
    if not caller:
        # RFC 6750 §3.1
        told = {"www-authenticate": 'Bearer realm="api", error="invalid_token"'} if credential.kind == "bearer" else {}
        raise declared.UNAUTHORIZED.error("Send a valid key in the Authorization header.", headers=told)
    return caller


def _logged(found: ContractReport) -> None:
    _log.warning("%s", found)


def _needs_the_extra() -> None:
    # The verdict, and what contracts are written in.
    if find_spec("jsonschema_rs") is None or find_spec("yaml") is None:
        raise MissingExtraError("ContractMiddleware", "service")


def _raw_path(scope: Scope) -> str:
    """
    The path as it was sent, still percent-encoded, below where the application is mounted.
    """
    raw = scope.get("raw_path")
    path = raw.decode("latin-1").partition("?")[0] if raw else str(scope["path"])
    root = str(scope.get("root_path", ""))
    return path.removeprefix(root) if root else path


@lru_cache(maxsize=512)
def _acceptable(accept: str, produces: tuple[str, ...]) -> bool:
    """
    Whether ``Accept`` allows one of the media types (RFC 9110 §12.5.1); the most specific range decides.
    """
    if not accept.strip():
        return True
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    for media in map(essence, produces):
        kind = media.partition("/")[0]
        for name in (media, f"{kind}/*", "*/*"):
            qualities = [quality for given, quality in ranges if given == name]
            if qualities:
                if max(qualities) > 0:
                    return True
                break
    return False


def _range(part: str) -> tuple[str, float]:
    name, *parameters = [piece.strip().lower() for piece in part.split(";")]
    quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 1.0


def _identified(send: Send, request_id: str) -> Send:
    """
    Give an answer its ``X-Request-Id`` where it has none.
    """

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if all(name.lower() != b"x-request-id" for name, _ in headers):
                message = {**message, "headers": [*headers, (b"x-request-id", request_id.encode())]}
        await send(message)

    return sending
