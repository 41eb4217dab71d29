"""
Every operation of every contract through the generated SDK: sync and async, in process and over a socket, strict.

Nothing here is written by hand: the contracts' examples are the arguments and the answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import aegis_sdk
from aegis_codegen import compile_contract
from aegis_mockserver._site import Site
from aegis_mockserver.adapters._httpx import MockTransport
from aegis_mockserver.world import World
from aegis_sdk import errors
from tests.contract._calls import APIS, Call, calls, contract, requests
from tests.contract._wires import AsyncInProcess, InProcess

pytest_plugins = ["aegis_mockserver.pytest_plugin"]
CALLS = [pytest.param(call, id=call.id) for call in calls()]
REQUESTS = [pytest.param(call, id=name) for name, call in requests()]
CLIENTS = {
    api: tuple(getattr(aegis_sdk, f"{prefix}{compile_contract(contract(api)).client}") for prefix in ("", "Async"))
    for api in APIS
}
WIRES = ("in process", "socket")


@pytest.fixture(params=WIRES)
def wired(
    request: pytest.FixtureRequest, mock_site: Site, mock_world: World
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """
    The mock's URL, and the options that take a sync and an async client to this test's world of it.
    """
    options: dict[str, Any] = {"strict": True, "max_retries": 0, "circuit_breaker": False}
    if request.param == "in process":
        mock = MockTransport(mock_site, mock_world.name)
        yield "http://mock", {**options, "transport": InProcess(mock)}, {**options, "transport": AsyncInProcess(mock)}
    else:
        server = request.getfixturevalue("mock_server")
        options["headers"] = {"X-Mock-World": mock_world.name}
        yield server.url, options, options


Wired = tuple[str, dict[str, Any], dict[str, Any]]


def url(wired: Wired, api: str) -> str:
    """
    Where the mock offers *api*: the path of its first server is part of every URL.
    """
    servers = contract(api).document.get("servers", ())
    path = str(servers[0]["url"]).partition("://")[2].partition("/")[2] if servers else ""
    return f"{wired[0]}/{path}".rstrip("/")


@pytest.mark.parametrize("call", CALLS)
def test_every_answer_is_what_its_example_says(call: Call, wired: Wired) -> None:
    """
    Every example of every answer comes back as a typed result, or as the typed error of its status and problem code.
    """
    with CLIENTS[call.api][0](url(wired, call.api), "test-key", **wired[1]) as client:
        resource = getattr(client, call.resource)
        method = getattr(resource, call.method)
        if call.result:
            _told(call, method(**call.arguments, extra_headers=call.headers))
            raw = getattr(resource.with_raw_response, call.method)(**call.arguments, extra_headers=call.headers)
            assert raw.status == call.status
            assert call.body is None or json.loads(raw.body) == call.body
        else:
            with pytest.raises(errors.ApiError) as caught:
                method(**call.arguments, extra_headers=call.headers)
            _refused(call, caught.value)


@pytest.mark.parametrize("call", CALLS)
async def test_every_answer_is_the_same_when_awaited(call: Call, wired: Wired) -> None:
    """
    The asynchronous clients have the same surface and give the same results and errors.
    """
    async with CLIENTS[call.api][1](url(wired, call.api), "test-key", **wired[2]) as client:
        resource = getattr(client, call.resource)
        method = getattr(resource, call.method)
        if call.result:
            _told(call, await method(**call.arguments, extra_headers=call.headers))
            raw = await getattr(resource.with_raw_response, call.method)(**call.arguments, extra_headers=call.headers)
            assert raw.status == call.status
        else:
            with pytest.raises(errors.ApiError) as caught:
                await method(**call.arguments, extra_headers=call.headers)
            _refused(call, caught.value)


@pytest.mark.parametrize("call", REQUESTS)
def test_every_example_of_a_request_can_be_sent(call: Call, wired: Wired) -> None:
    """
    Whatever the contract shows as a request can be written with the SDK, and the strict mock takes it.
    """
    with CLIENTS[call.api][0](url(wired, call.api), "test-key", **wired[1]) as client:
        method = getattr(getattr(client, call.resource), call.method)
        _told(call, method(**call.arguments, extra_headers=call.headers))


def test_every_operation_is_called() -> None:
    """
    No operation of a contract is without a call above.
    """
    called = {(call.api, call.resource, call.method) for call in calls()}
    assert len(called) == sum(len(list(contract(api).all_operations())) for api in APIS)


def _told(call: Call, result: Any) -> None:
    answer = result.answer if call.paged else result
    if call.body is None:
        assert answer is None
        return
    assert type(answer).model_validate_json(json.dumps(call.body)) == answer


def _refused(call: Call, error: errors.ApiError) -> None:
    assert error.status == call.status
    assert error.operation
    code = str(call.body.get("code", call.body.get("status_code", "")))
    assert error.problem.code == code
    assert error.error_body is not None
    assert not isinstance(error.error_body, dict), "the body is typed as the contract says"
    declared = {each.code: each for each in _problems(call.api)}
    if code in declared:
        assert isinstance(error, declared[code])


def _problems(api: str) -> list[type[errors.ApiError]]:
    from importlib import import_module

    return list(import_module(f"aegis_sdk._generated.{api}.errors").PROBLEMS.values())
