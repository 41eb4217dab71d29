"""
A mock server in a process of its own, and a client that speaks plain HTTP to it: the SDK has no part in this.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx

WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
SAMSUNG = {
    "business_registration_number": "124-81-00998",
    "business_name": "삼성전자 주식회사",
    "start_date": "1969-01-13",
    "representative_name": "김서연",
}


@dataclass(frozen=True)
class MockProcess:
    """
    A running ``aegis mock``, as its readiness line tells.
    """

    url: str
    kafka: str | None
    pid: int


@contextmanager
def running_mock(*arguments: str) -> Iterator[MockProcess]:
    """
    Start ``aegis mock`` on a free port, and end it.
    """
    command = [sys.executable, "-m", "aegis_shell", "mock", "--port", "0", "--json-start-line"]
    command += ["--log-format", "none", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise AssertionError(f"the mock did not start: {process.stderr.read()}")
        ready = json.loads(line)
        yield MockProcess(ready["url"], ready.get("kafka"), ready["pid"])
    finally:
        process.terminate()
        process.wait(10)
        said = process.stderr.read()
        process.stdout.close()
        process.stderr.close()
    assert "breaks the contract" not in said, said
    assert "Traceback" not in said, said


class Aegis:
    """
    The Aegis APIs of one world of a mock, and its control API.
    """

    def __init__(self, url: str, world: str) -> None:
        headers = {"Authorization": "Bearer test-key", "X-Mock-World": world}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=30)
        self.world = world

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """
        POST *body* as JSON; underscores in header names stand for hyphens.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return (
            self.http.post(path, json=body, headers=named) if body is not None else self.http.post(path, headers=named)
        )

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(path, params=query)

    def patch(self, path: str, body: Any) -> httpx.Response:
        content = json.dumps(body, ensure_ascii=False).encode()
        return self.http.patch(path, content=content, headers={"Content-Type": "application/merge-patch+json"})

    def register(self, email: str = "seoyeon.kim@example.com", **changes: Any) -> str:
        """
        Register a user, and return the id.
        """
        answer = self.post("/api/v1/users", registration(email, **changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["user_id"])

    def mails(self, to: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/__mock__/inbox/mails", to=to).json()["mails"]
        return found

    def sms(self, to: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/__mock__/inbox/sms", to=to).json()["sms"]
        return found

    def events(self, event_type: str = "") -> list[dict[str, Any]]:
        """
        Return the envelopes of the events, oldest first; every one of them met its schema.
        """
        found = self.get("/__mock__/events", type=event_type).json()["events"]
        assert [event["violations"] for event in found] == [[]] * len(found)
        return [event["envelope"] for event in found]

    def advance(self, seconds: float) -> None:
        assert self.post("/__mock__/clock", {"advance_seconds": seconds}).status_code == 200


def registration(email: str = "seoyeon.kim@example.com", **changes: Any) -> dict[str, Any]:
    """
    Return the body of a registration that the registry confirms; a change to None leaves the property out.
    """
    body = {"email": email, "password": "correct-horse-battery-staple", "phone_number": "010-1234-5678", **SAMSUNG}
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def business_number(number: int) -> str:
    """
    Return the *number*-th business registration number of a row, with its check digit.
    """
    digits = [int(digit) for digit in f"501{number:06}"]
    total = sum(digit * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) + digits[8] * 5 // 10
    text = "".join(map(str, digits)) + str((10 - total % 10) % 10)
    return f"{text[:3]}-{text[3:5]}-{text[5:]}"


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """
    Return status and problem code of a refusal.
    """
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]
