"""
What an error is, knows, and says.
"""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import pytest

from aegis_runtime import TransportFailure
from aegis_runtime import errors as runtime_errors
from aegis_runtime.errors import (
    ApiError,
    CallError,
    CircuitOpenError,
    ConflictError,
    ConnectionFailed,
    ContractViolationError,
    DeadlineExceeded,
    IntegrationError,
    InvalidRequestError,
    MissingExtraError,
    NotFoundError,
    Problem,
    RateLimitedError,
    combined,
    status_class,
)
from aegis_sdk import errors
from aegis_sdk.errors import AegisError, RegistryError, UserApiError
from tests.unit.runtime.harness import PROBLEM, Driver, answer
from tests.unit.runtime.library import TitleTaken, Trouble

FAMILIES = {"RecommendationError", "RegistryError", "SensError", "SmsError", "SolapiError", "UserApiError"}

EVERY = sorted(
    (kind for kind in vars(runtime_errors).values() if isinstance(kind, type) and issubclass(kind, CallError)),
    key=lambda kind: kind.__name__,
)
STATUSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    405: "ClientError",
    409: "ConflictError",
    410: "GoneError",
    411: "ClientError",
    413: "PayloadTooLargeError",
    415: "UnsupportedMediaTypeError",
    418: "ClientError",
    422: "UnprocessableError",
    429: "RateLimitedError",
    500: "ServerError",
    502: "ServerError",
    503: "ServiceUnavailableError",
    599: "ServerError",
    600: "ApiError",
}


@pytest.mark.parametrize(("status", "name"), STATUSES.items())
def test_each_status_has_its_class(driver: Driver, status: int, name: str) -> None:
    """
    An error answer is of its integration's family and of its status's class.
    """
    client, _ = driver.scripted(answer(status, PROBLEM, "application/problem+json"), max_retries=0)
    with pytest.raises(UserApiError) as caught:
        driver.run(client.books.get("b1"))
    assert isinstance(caught.value, getattr(errors, name))
    assert type(caught.value).__name__ == name == status_class(status).__name__
    assert isinstance(caught.value, ApiError)
    assert isinstance(caught.value, AegisError)


@pytest.mark.parametrize("status", [304, 399, 600, 999])
def test_what_is_no_error_of_http_has_no_class_of_its_own(status: int) -> None:
    """
    Outside of 400 to 599 nobody is to blame by the number alone.
    """
    assert status_class(status) is ApiError


def test_a_declared_code_has_a_class_of_its_own(driver: Driver) -> None:
    """
    A problem code that the contract declares raises that code's class, and the message has the contract's title.
    """
    body = b'{"code": "title_taken", "detail": "Azaleas is taken by Sowol"}'
    client, _ = driver.scripted(answer(409, body, "application/problem+json"))
    with pytest.raises(TitleTaken) as caught:
        driver.run(client.books.get("b1"))
    assert isinstance(caught.value, ConflictError)
    assert "409 Conflict, title_taken: The title is taken" in str(caught.value)
    assert caught.value.problem.detail == "Azaleas is taken by Sowol"
    assert "Sowol" not in str(caught.value)


def test_a_code_under_another_status_is_not_believed(driver: Driver) -> None:
    """
    A code whose class says 409 does not turn a 404 into a conflict.
    """
    client, _ = driver.scripted(answer(404, b'{"code": "title_taken"}', "application/problem+json"))
    with pytest.raises(NotFoundError) as caught:
        driver.run(client.books.get("b1"))
    assert not isinstance(caught.value, ConflictError)
    assert caught.value.problem.code == "title_taken"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"type": "t", "title": "T", "status": 400, "detail": "d", "instance": "/i", "code": "c", "more": [1]},
            Problem("t", "T", 400, "d", "/i", "c", {"more": [1]}),
        ),
        (
            {"status_code": "BAD_JSON_REQUEST"},
            Problem(code="BAD_JSON_REQUEST", extensions={"status_code": "BAD_JSON_REQUEST"}),
        ),
        ({"code": -401, "msg": "없음"}, Problem(code="-401", detail="없음", extensions={"msg": "없음"})),
        ({"title": 7, "status": "x", "code": {}, "detail": None}, Problem()),
        ({"status": True}, Problem()),
        (["no", "object"], Problem()),
        ("text", Problem()),
        (None, Problem()),
    ],
)
def test_every_shape_of_error_body_is_read(body: object, expected: Problem) -> None:
    """
    RFC 9457 problems and the two shapes of the tax service are read into one; nonsense says nothing.
    """
    assert Problem.read(body) == expected


def test_error_bodies_are_typed_by_the_contract(driver: Driver) -> None:
    """
    ``error_body`` is the contract's model where there is one that fits, else plain JSON, else None.
    """
    cases: list[tuple[Any, object]] = [
        (answer(404, PROBLEM, "application/problem+json"), Trouble),
        (answer(404, b'{"no": "code"}', "application/problem+json"), dict),
        (answer(500, b'{"status_code": "INTERNAL_ERROR"}', "application/json"), dict),
        (answer(502, b"<html>", "text/html"), type(None)),
        (answer(502, b"[" * 100_000, "application/json"), type(None)),
    ]
    for outcome, kind in cases:
        client, _ = driver.scripted(outcome, max_retries=0)
        with pytest.raises(ApiError) as caught:
            driver.run(client.books.get("b1"))
        assert type(caught.value.error_body) is kind
        assert caught.value.body == outcome.body


def test_rate_limits_say_how_long(driver: Driver) -> None:
    """
    429 carries the seconds that the provider asks to wait.
    """
    limited = answer(429, PROBLEM, "application/problem+json", {"Retry-After": "17"})
    client, _ = driver.scripted(limited, max_retries=0)
    with pytest.raises(RateLimitedError) as caught:
        driver.run(client.books.get("b1"))
    assert caught.value.retry_after == 17.0
    assert caught.value.headers["retry-after"] == "17"


def test_errors_know_the_call(driver: Driver) -> None:
    """
    Operation, method, path template, status, request id, attempts and time are attributes.
    """
    client, script = driver.scripted(answer(500, PROBLEM, "application/problem+json"), takes=0.5)
    with pytest.raises(ApiError) as caught:
        driver.run(client.books.get("b1"))
    error = caught.value
    sent = {dict(request.headers)["X-Request-Id"] for request in script.requests}
    assert sent == {error.request_id}
    assert (error.operation, error.method, error.path, error.status) == ("getBook", "GET", "/books/{id}", 500)
    assert (error.attempts, error.elapsed) == (4, 9.0)


def test_the_callers_request_id_is_kept(driver: Driver) -> None:
    """
    A request id that the caller gives is sent and told; one that is no id is sent but not told.
    """
    client, script = driver.scripted(answer(404, PROBLEM, "application/problem+json"))
    for given, told in (("order-7", True), ("an id of a person", False)):
        with pytest.raises(NotFoundError) as caught:
            driver.run(client.books.get("b1", headers={"x-request-id": given}))
        assert (caught.value.request_id == given) is told
        assert dict(script.requests[-1].headers)["x-request-id"] == given


def _samples() -> list[CallError]:
    about: dict[str, Any] = {"operation": "getBook", "method": "GET", "path": "/books/{id}", "attempts": 1}
    return [
        combined(UserApiError, NotFoundError)(**about, status=404, problem=Problem(code="x"), body=b"{}"),
        TitleTaken(**about, status=409, retry_after=3.0),
        combined(RegistryError, CircuitOpenError)(**about, circuit="registry@x", failures=3, retry_after=2.0),
        combined(UserApiError, ConnectionFailed)(**about, detail="connection refused"),
        combined(UserApiError, DeadlineExceeded)(**about, timeout=3.0),
        combined(UserApiError, ContractViolationError)(**about, status=200),
        combined(UserApiError, InvalidRequestError)(**about),
        UserApiError(**about),
    ]


@pytest.mark.parametrize("error", _samples(), ids=lambda error: type(error).__name__)
def test_errors_survive_pickling(error: CallError) -> None:
    """
    An error keeps its class and all it knows over process borders, and when copied.
    """
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert twin.__dict__ == error.__dict__


def test_a_real_error_survives_pickling(driver: Driver) -> None:
    """
    Also with the headers, body and typed body of a real answer.
    """
    client, _ = driver.scripted(answer(404, PROBLEM, "application/problem+json", {"X-A": "1"}))
    with pytest.raises(NotFoundError) as caught:
        driver.run(client.books.get("b1"))
    twin = pickle.loads(pickle.dumps(caught.value))
    assert twin.headers["x-a"] == "1"
    assert twin.error_body == caught.value.error_body
    assert isinstance(twin, UserApiError)


def test_one_class_for_each_combination() -> None:
    """
    The class that is both of a family and of a kind is made once, and named for what happened.
    """
    both = combined(RegistryError, NotFoundError)
    assert both is combined(RegistryError, NotFoundError)
    assert (both.__module__, both.__qualname__) == (
        "aegis_sdk._generated.registry.family",
        "RegistryError.NotFoundError",
    )
    assert both.__doc__ == NotFoundError.__doc__
    assert combined(UserApiError, TitleTaken) is TitleTaken


def test_timeouts_and_lost_connections_are_also_the_built_in_ones(driver: Driver) -> None:
    """
    Code that catches TimeoutError or ConnectionError need not know the SDK.
    """
    client, _ = driver.scripted(TransportFailure("timeout"), max_retries=0)
    with pytest.raises(TimeoutError):
        driver.run(client.books.get("b1"))
    client, _ = driver.scripted(TransportFailure("broken"), max_retries=0)
    with pytest.raises(ConnectionError):
        driver.run(client.books.get("b1"))


def test_no_error_carries_the_transports_exception(driver: Driver) -> None:
    """
    Neither cause nor context leads to an exception of the transport's, whose words might quote a header.
    """
    client, _ = driver.scripted(TransportFailure("broken"), max_retries=0)
    with pytest.raises(ConnectionFailed) as caught:
        driver.run(client.books.get("b1"))
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_the_front_door_lists_what_it_has() -> None:
    """
    ``errors.__all__`` names every public class of the module, the APIs' families too, in order.
    """
    families = {name for name in errors.__all__ if issubclass(getattr(errors, name), errors.CallError)}
    assert families >= FAMILIES
    public = {name for name, value in vars(errors).items() if isinstance(value, type) and not name.startswith("_")}
    assert set(errors.__all__) == public - {"Sequence"}
    # Those that the contracts name come after those that are always there.
    assert errors.__all__ == sorted(errors.__all__, key=lambda name: (name in FAMILIES, name))


def test_the_tree_at_the_head_is_the_tree() -> None:
    """
    The tree in the docstring of ``aegis_runtime.errors`` names every error, each under what it derives from.
    """
    shown = re.findall(r"^    ([ │├└─]*)([A-Z]\w+)", runtime_errors.__doc__ or "", re.MULTILINE)
    depths = {name: len(branch) // 4 for branch, name in shown}
    real = {
        name: error.__mro__.index(IntegrationError)
        for name in runtime_errors.__all__
        if issubclass(error := getattr(runtime_errors, name), IntegrationError)
    }
    assert depths == real
    parents: list[str] = []
    for branch, name in shown:
        parents[len(branch) // 4 :] = [name]
        above = [kind.__name__ for kind in getattr(runtime_errors, name).__mro__ if issubclass(kind, IntegrationError)]
        assert list(reversed(parents)) == above


@pytest.mark.parametrize(("attempts", "said"), [(0, "0 attempts"), (1, "1 attempt in"), (2, "2 attempts")])
def test_an_error_counts_the_attempts(attempts: int, said: str) -> None:
    """
    One attempt is one, and none and two are several.
    """
    assert said in str(CallError(operation="getBook", method="GET", path="/books/{id}", attempts=attempts))


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_an_error_made_by_hand_says_nothing_that_it_was_not_told(kind: type[CallError]) -> None:
    """
    Who tests a handler of theirs makes any error without arguments: all that it does not know is empty or 0.
    """
    error = kind()
    known = {name: value for name, value in vars(error).items() if name not in {"problem", "headers"} and value}
    assert known == {}
    assert "attempt" not in str(error)
    # As pickle and copy make it, before they fill it.
    bare = kind.__new__(kind)
    assert {name: getattr(bare, name, value) for name, value in vars(error).items()} == vars(error)
    assert repr(bare) == repr(error)


def test_a_missing_extra_is_named_with_what_needs_it() -> None:
    """
    What needs an extra says which, how it is installed, and ends a command with the code of an unfit environment.
    """
    error = MissingExtraError("FastTransport", "fast")
    assert str(error).startswith("FastTransport needs the extra 'fast': ")
    assert "aegis-integration[fast]" in str(error)
    assert error.exit_code == 3
