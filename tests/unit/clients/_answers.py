"""
A registry that answers as told, in place of a transport.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aegis_runtime import Headers, Request, Response


class Answers:
    """
    Answers ``/status``: odd numbers are active, even ones are not registered.
    """

    def __init__(
        self,
        *,
        sentence: str = "국세청에 등록되지 않은 사업자등록번호입니다.",
        refusal: Any = None,
        leaves_out: Sequence[str] = (),
        end_dt: str = "",
    ) -> None:
        self.asked: list[list[str]] = []
        self.urls: list[str] = []
        self.credentials: list[str] = []
        self._sentence = sentence
        self._refusal = refusal
        self._leaves_out = leaves_out
        self._end_dt = end_dt

    def send(self, request: Request, /) -> Response:
        """
        Answer *request*.
        """
        self.urls.append(request.url)
        self.credentials.append(dict(request.headers)["Authorization"])
        if self._refusal is not None:
            return _json(*self._refusal)
        numbers = json.loads(request.body or b"{}")["b_no"]
        self.asked.append(numbers)
        data = [self._state(number) for number in numbers if number not in self._leaves_out]
        counted = [each for each in data if each["b_stt_cd"]]
        answer = {"status_code": "OK", "request_cnt": len(data), "data": data}
        return _json(200, {**answer, "match_cnt": len(counted)} if counted else answer)

    def close(self) -> None:
        """
        There is nothing to close.
        """

    def _state(self, number: str) -> dict[str, str]:
        if number == "1248100998" or int(number) % 2:
            told = {"b_stt": "계속사업자", "b_stt_cd": "01", "tax_type": "부가가치세 일반과세자", "tax_type_cd": "01"}
        else:
            told = {"b_stt": "", "b_stt_cd": "", "tax_type": self._sentence, "tax_type_cd": ""}
        return {"b_no": number, **told, "end_dt": self._end_dt}


def _json(status: int, body: Any) -> Response:
    return Response(status, Headers([("Content-Type", "application/json")]), json.dumps(body).encode())
