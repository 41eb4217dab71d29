"""
A registry in place of a transport, with the manners of a bad day.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from aegis_runtime import Headers, Request, Response, TransportFailure

WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
Entries = list[dict[str, Any]]
ACTIVE = {
    "b_stt": "계속사업자",
    "b_stt_cd": "01",
    "tax_type": "부가가치세 일반과세자",
    "tax_type_cd": "01",
    "end_dt": "",
}


class Registry:
    """
    Answers ``/status`` and ``/validate``: everybody is active and confirmed, but for what *spoil* makes of it.

    Args:
        spoil: changes the entries of an answer, or returns the whole answer.
    """

    def __init__(self, spoil: Callable[[Entries], Entries | Response | TransportFailure] = lambda it: it) -> None:
        self.asked: Counter[str] = Counter()
        self.calls: list[tuple[str, int]] = []
        self.at_once = self.most_at_once = 0
        self.spoil = spoil
        self.states: dict[str, dict[str, str]] = {}

    async def send(self, request: Request, /) -> Response:
        """
        Answer *request*.
        """
        import asyncio

        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        path = request.url.rpartition("/")[2]
        body = json.loads(request.body or b"{}")
        numbers = body["b_no"] if path == "status" else [each["b_no"] for each in body["businesses"]]
        self.asked.update(numbers)
        self.calls.append((path, len(numbers)))
        entries: Entries = [{"b_no": number, **ACTIVE, **self.states.get(number, {})} for number in numbers]
        if path == "validate":
            entries = [
                {"b_no": each["b_no"], "valid": "01", "request_param": asked, "status": each}
                for each, asked in zip(entries, body["businesses"], strict=True)
            ]
        spoilt = self.spoil(entries)
        if isinstance(spoilt, TransportFailure):
            raise spoilt
        if isinstance(spoilt, Response):
            return spoilt
        return answer(200, {"status_code": "OK", "request_cnt": len(numbers), "data": spoilt})

    async def aclose(self) -> None:
        """
        There is nothing to close.
        """


def answer(status: int, body: Any, **headers: str) -> Response:
    """
    An answer in JSON; *body* may be bytes that are none.
    """
    told = [("Content-Type", "application/json"), *((name.replace("_", "-"), value) for name, value in headers.items())]
    return Response(status, Headers(told), body if isinstance(body, bytes) else json.dumps(body).encode())


def numbers(count: int) -> Iterator[str]:
    """
    Business numbers whose check digits hold.
    """
    for stem in range(101_810_000, 101_810_000 + count):
        figures = [int(digit) for digit in str(stem)]
        total = sum(a * b for a, b in zip(figures, WEIGHTS, strict=True)) + figures[8] * 5 // 10
        yield f"{stem}{(10 - total % 10) % 10}"
