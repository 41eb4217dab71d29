"""
What generated methods send, byte by byte. ``calls.json`` of a golden case lists calls and the requests that they make.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aegis_runtime import AsyncClient, Headers, Request, Response, SyncClient
from aegis_sdk import errors

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
CALLS = [
    pytest.param(path.parent.name, call, id=f"{path.parent.name}-{index}")
    for path in sorted(GOLDEN.glob("*/calls.json"))
    for index, call in enumerate(json.loads(path.read_text("utf-8")))
]
Package = Callable[[str, str], ModuleType]


class Recorder:
    """
    A transport that keeps the request and answers as the case says.
    """

    def __init__(self, call: dict[str, Any]) -> None:
        self.sent: list[Request] = []
        answer = call.get("answer", "a text" if "status" not in call else None)
        kind = call.get("content_type", "application/json")
        body = answer.encode() if kind == "text/plain" else json.dumps(answer).encode()
        empty = answer is None
        headers = Headers([] if empty else [("Content-Type", kind)])
        self._answer = Response(call.get("status", 200), headers, b"" if empty else body)

    def send(self, request: Request, /) -> Response:
        """
        Keep *request*.
        """
        self.sent.append(request)
        return self._answer

    def close(self) -> None:
        """
        There is nothing to close.
        """


class AsyncRecorder(Recorder):
    """
    The same, awaited.
    """

    async def send(self, request: Request, /) -> Response:  # type: ignore[override]  # the other protocol
        return super().send(request)

    async def aclose(self) -> None:
        """
        There is nothing to close.
        """


@pytest.mark.parametrize(("case", "call"), CALLS)
async def test_a_call_sends_what_the_contract_asks_for(case: str, call: dict[str, Any], package: Package) -> None:
    """
    URL, headers and body are those of the contract, sync and async alike; what breaks it is refused before it is sent.
    """
    module = package(case, "client")
    for name in module.__all__:
        kind = getattr(module, name)
        recorder = (AsyncRecorder if issubclass(kind, AsyncClient) else Recorder)(call)
        client = kind("http://host", "test-token", transport=recorder, auth=call.get("auth"), circuit_breaker=False)
        if "refused" in call:
            with pytest.raises(errors.InvalidRequestError) as caught:
                await _call(client, call)
            assert [violation.pointer for violation in caught.value.violations] == [call["refused"]]
            assert recorder.sent == []
        else:
            await _call(client, call)
            _compare(recorder.sent[0], call)


async def _call(client: SyncClient | AsyncClient, call: dict[str, Any]) -> Any:
    result = getattr(getattr(client, call["resource"]), call["method"])(**call["arguments"])
    return await result if isinstance(client, AsyncClient) else result


def _compare(request: Request, call: dict[str, Any]) -> None:
    assert request.url == f"http://host{call['path']}"
    headers = dict(request.headers)
    assert {name: headers.get(name) for name in call["headers"]} == call["headers"]
    if "json" in call:
        assert json.loads(request.body or b"") == call["json"]
    elif "body" in call:
        assert request.body == call["body"].encode()
    else:
        assert request.body is None
