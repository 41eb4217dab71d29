"""
The contract at the door of a FastAPI (or Starlette) application, in one line: ``install(app)``.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aegis_contracts import Contract, Violation
from aegis_contracts.json_pointer import join
from aegis_sdk._generated.user import problems as declared
from aegis_sdk._scope import REQUEST_ID
from aegis_sdk.errors import MissingExtraError
from aegis_sdk.provider._idempotency import IdempotencyKeys
from aegis_sdk.provider._problem import ProblemError, ProblemResponse, ProblemType
from aegis_sdk.provider.asgi._contract import Authenticate, ContractMiddleware, ContractReport, Mode
from aegis_sdk.provider.asgi._idempotency import IdempotencyMiddleware

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request

__all__ = ["install"]

_BY_STATUS: Final = {
    400: declared.INVALID_REQUEST,
    401: declared.UNAUTHORIZED,
    403: declared.FORBIDDEN,
    404: declared.NOT_FOUND,
    405: declared.METHOD_NOT_ALLOWED,
    406: declared.NOT_ACCEPTABLE,
    409: declared.CONFLICT,
    413: declared.CONTENT_TOO_LARGE,
    415: declared.UNSUPPORTED_MEDIA_TYPE,
    429: declared.TOO_MANY_REQUESTS,
    500: declared.INTERNAL_ERROR,
    503: declared.SERVICE_UNAVAILABLE,
}


def install(
    app: Starlette,
    contract: Contract | str | Path | None = None,
    *,
    mode: Mode = "strict",
    report: Callable[[ContractReport], None] | None = None,
    authenticate: Authenticate | None = None,
    idempotency: IdempotencyKeys | None = None,
) -> None:
    """
    Hold *app* to its contract, and make every refusal of its framework a problem of the contract.

    Args:
        contract: the document; the User API's of this version unless given.
        mode: ``strict``, ``report`` or ``off``, as ``ContractMiddleware`` has them.
        report: is called with what breaks the contract.
        authenticate: says who calls, from the request's credential; without it each one of the right form is taken.
        idempotency: keeps what was answered for each ``Idempotency-Key``; without it the header is not heard.
    """
    try:
        from starlette.exceptions import HTTPException
    except ImportError:
        raise MissingExtraError("aegis_sdk.provider.fastapi", "fastapi") from None

    def problem(request: Request, error: Exception) -> Any:
        assert isinstance(error, ProblemError)
        return _Answer(error.response(request_id=_id_of(request), instance=request.url.path))

    def http(request: Request, error: Exception) -> Any:
        assert isinstance(error, HTTPException)
        kind = _BY_STATUS.get(error.status_code) or _other(error.status_code)
        said = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
        return problem(request, kind.error(str(said), headers=error.headers))

    app.add_exception_handler(ProblemError, problem)
    app.add_exception_handler(HTTPException, http)
    try:
        from fastapi.exceptions import RequestValidationError
    except ImportError:
        pass
    else:

        def invalid(request: Request, error: Exception) -> Any:
            assert isinstance(error, RequestValidationError)
            found = [_violation(one) for one in error.errors()]
            return problem(request, declared.INVALID_REQUEST.error(_counted(len(found)), violations=found))

        app.add_exception_handler(RequestValidationError, invalid)
    if idempotency is not None:
        app.add_middleware(IdempotencyMiddleware, keys=idempotency)
    # What is added last is outermost: the key is looked at once the operation is known and the request is good.
    app.add_middleware(ContractMiddleware, contract=contract, mode=mode, report=report, authenticate=authenticate)


class _Answer:
    """
    A problem as what Starlette's handlers return: an ASGI application.
    """

    def __init__(self, written: ProblemResponse) -> None:
        self._written = written

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._written(scope, receive, send)


def _id_of(request: Request) -> str | None:
    given = request.scope.get(REQUEST_ID)
    return str(given) if given else request.headers.get("x-request-id")


def _other(status: int) -> ProblemType:
    return ProblemType(f"http_{status}", status, HTTPStatus(status).phrase)


def _violation(error: Any) -> Violation:
    """
    What pydantic found, without the value that it found it in.
    """
    pointer = join(*error["loc"])
    return Violation(pointer, str(error["type"]), str(error["msg"]))


def _counted(number: int) -> str:
    return "1 rule is violated." if number == 1 else f"{number} rules are violated."
