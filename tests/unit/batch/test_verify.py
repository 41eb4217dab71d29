"""
Many businesses: one verdict each, whatever the registry does.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aegis_runtime import Circuit, TransportFailure
from aegis_sdk import AsyncBusinessRegistryClient, BusinessNumber, errors
from aegis_sdk.batch import BatchSettings, BatchStoppedError, BusinessVerdict, Row, verify_all
from tests.unit.batch._registry import Entries, Registry, answer, numbers

URL = "http://registry/api/v1"
SAMSUNG, NAVER, KAKAO = "1248100998", "2208162517", "1208147521"
Rows = list[Any]


async def found(rows: Any, registry: Registry, **settings: Any) -> list[BusinessVerdict]:
    circuit = Circuit("registry", failures=5, recovery=0.05)
    async with AsyncBusinessRegistryClient(URL, "key", transport=registry, circuit_breaker=circuit) as client:
        return [each async for each in verify_all(rows, client, BatchSettings(**settings))]


async def test_every_row_has_one_verdict_in_order() -> None:
    """
    By state, by 진위확인 where start date and representative are there, and not at all where nothing can be asked.
    """
    registry = Registry()
    registry.states = {
        NAVER: {"b_stt_cd": "03", "end_dt": "20240630"},
        KAKAO: {"b_stt_cd": "", "tax_type": "국세청에 등록"},
    }
    rows: Rows = [
        SAMSUNG,
        "no number",
        BusinessNumber(NAVER),
        Row(KAKAO, "1995-02-16", "박지우"),
        Row(SAMSUNG, "19690113", "김서연"),
        Row(SAMSUNG, "1969-02-30", "김서연"),
        Row(NAVER, "1999-06-02"),
        Row("", trouble="the line is no text in utf-8"),
        None,
        "124-81-00999",
        "000-00-00000",
    ]
    told = await found(iter(rows), registry)
    assert [each.index for each in told] == list(range(len(rows)))
    verified = ["active", "invalid", "closed", "unregistered", "active", "invalid", "closed"]
    expected = [*verified, "unreadable", "unreadable", "active", "invalid"]
    assert [each.status for each in told] == expected
    assert [each.confirmed for each in told[2:5]] == [None, True, True]
    assert str(told[2].closed_on) == "2024-06-30"
    assert [each.index for each in told if not each.check_digit] == [9]
    assert all(each.reason for each in told if each.status in {"invalid", "unreadable"})
    assert not any("no number" in each.reason for each in told)
    refused = await found(["124-81-00999"], Registry(), check_digit="refuse")
    assert refused[0].status == "invalid"


async def test_nobody_is_asked_twice_in_one_call() -> None:
    """
    The same number a thousand times is one question; with another start date it is another call's.
    """
    registry = Registry()
    rows = [SAMSUNG] * 1000 + [Row(SAMSUNG, "1969-01-13", "김서연"), Row(SAMSUNG, "1969-01-14", "김서연")]
    told = await found(rows, registry)
    assert [each.status for each in told] == ["active"] * 1002
    assert registry.calls == [("status", 1), ("validate", 1), ("validate", 1)]


async def test_a_hundred_a_call_a_few_at_once_and_read_as_needed() -> None:
    """
    Calls are full, no more of them run at once than may, and the input is read only so far ahead.
    """
    registry, read = Registry(), Counter[str]()

    def rows() -> Iterator[str]:
        for number in numbers(5000):
            read["rows"] += 1
            yield number

    circuit = Circuit("registry")
    async with AsyncBusinessRegistryClient(URL, "key", transport=registry, circuit_breaker=circuit) as client:
        whole = verify_all(rows(), client, BatchSettings(concurrency=3))
        await anext(whole)
        assert read["rows"] <= 3 * 5 * 100
        assert len([each async for each in whole]) == 4999
    assert {count for _, count in registry.calls} == {100}
    assert len(registry.calls) == 50
    assert registry.most_at_once == 3


def shuffled(entries: Entries) -> Entries:
    return entries[::-1]


def short(entries: Entries) -> Entries:
    return [each for each in entries if each["b_no"] != NAVER]


def twice(entries: Entries) -> Entries:
    return [*entries, *({**each, "b_stt_cd": "03"} for each in entries if each["b_no"] == NAVER)]


def mad(entries: Entries) -> Entries:
    return [{**each, "b_stt_cd": 7, "end_dt": []} if each["b_no"] == NAVER else each for each in entries]


def no_day(entries: Entries) -> Entries:
    return [{**each, "end_dt": "20241399"} if each["b_no"] == NAVER else each for each in entries]


def strangers(entries: Entries) -> Any:
    return [*entries, None, 3, {"b_no": "9999999999", **entries[0]}, {"b_no": None}]


def garbage_for_one(entries: Entries) -> Any:
    return answer(200, b"<html>") if any(each["b_no"] == NAVER for each in entries) else entries


def error_for_one(entries: Entries) -> Any:
    return answer(503, {"code": "x"}, Retry_After="30") if any(each["b_no"] == NAVER for each in entries) else entries


def refusal_for_one(entries: Entries) -> Any:
    portal = {"code": -999, "msg": "오류"}
    return answer(400, portal) if any(each["b_no"] == NAVER for each in entries) else entries


def break_for_one(entries: Entries) -> Any:
    return TransportFailure("broken") if any(each["b_no"] == NAVER for each in entries) else entries


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        (shuffled, "active"),
        (short, "unreadable"),
        (twice, "unreadable"),
        (mad, "unreadable"),
        (no_day, "unreadable"),
        (strangers, "active"),
        (garbage_for_one, "unreadable"),
        (error_for_one, "unavailable"),
        (refusal_for_one, "unreadable"),
        (break_for_one, "unavailable"),
    ],
)
async def test_a_bad_answer_is_contained_to_its_row(spoil: Callable[[Entries], Any], status: str) -> None:
    """
    Another order, a row too few, one twice, one that is none, and a business for which the registry answers garbage, an
    error or nothing at all: 299 others are verified, and the one says why it is not.
    """
    many = list(numbers(299))
    many.insert(150, NAVER)
    registry = Registry(spoil)
    told = await found(many, registry, max_retries=1)
    assert Counter(each.status for each in told if each.index != 150) == {"active": 299}
    assert told[150].status == status
    assert bool(told[150].reason) == (status != "active")
    assert len(registry.calls) < 40


@pytest.mark.parametrize(
    "spoilt",
    [
        answer(200, b"{"),
        answer(200, {"status_code": "OK"}),
        answer(200, {"status_code": "OK", "request_cnt": 1, "data": "text"}),
        answer(200, b"[" * 100_000),
        answer(204, b""),
        answer(400, b"bad"),
        answer(200, {"status_code": "OK", "request_cnt": 0, "data": []}),
    ],
)
async def test_a_registry_that_answers_nonsense_to_everything_costs_a_bounded_number_of_calls(spoilt: Any) -> None:
    """
    Each row says so, nothing is raised, and it is not asked two hundred times for a hundred businesses.
    """
    registry = Registry(lambda entries: spoilt)
    told = await found(numbers(100), registry, max_retries=0)
    assert {each.status for each in told} == {"unreadable"}
    assert len(registry.calls) <= 110


async def test_one_spoilt_answer_is_made_good_by_asking_again() -> None:
    """
    What goes wrong once leaves no trace in the verdicts.
    """
    spoilt: list[Any] = [answer(200, b"{"), answer(502, b"bad gateway"), TransportFailure("broken")]
    told = await found(numbers(400), Registry(lambda it: spoilt.pop() if spoilt else it))
    assert {each.status for each in told} == {"active"}


async def test_a_registry_that_is_down_for_a_while_is_waited_for() -> None:
    """
    While it fails the circuit opens and the batch waits with it; then it goes on, and every business has its state.
    """
    began = time.monotonic()

    def spoil(entries: Entries) -> Any:
        down = 0.2 < time.monotonic() - began < 0.6
        return TransportFailure("connect") if down else entries

    def rows() -> Iterator[str]:
        for index, number in enumerate(numbers(1000)):
            if index == 900:
                while time.monotonic() - began < 0.25:
                    time.sleep(0.01)
            yield number

    told = await found(rows(), Registry(spoil), concurrency=1, patience=20.0)
    assert {each.status for each in told} == {"active"}


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (answer(401, {"code": -4, "msg": "등록되지 않은 인증키 입니다."}), "refuses the key"),
        (answer(404, {"code": -3, "msg": "등록되지 않은 서비스 입니다."}), "no registry at the base URL"),
        (answer(302, b"", Location="http://elsewhere"), "no registry at the base URL"),
        (TransportFailure("connect"), "cannot be reached|circuit is open"),
        (answer(429, b"", Retry_After="60"), "429"),
    ],
)
async def test_what_concerns_every_row_stops_the_batch_with_an_error_of_its_own(spoilt: Any, said: str) -> None:
    """
    A key that is refused, a wrong address, nobody there: no row is blamed for it.
    """
    with pytest.raises(BatchStoppedError, match=said) as caught:
        await found(numbers(300), Registry(lambda entries: spoilt), max_retries=0, patience=0.02)
    assert isinstance(caught.value, errors.AegisError)


async def test_rate_and_quota_hold_the_batch_back() -> None:
    """
    So many calls a second and no more; and the day's quota is never overdrawn.
    """
    began = time.monotonic()
    await found(numbers(600), Registry(), rate=20.0)
    assert time.monotonic() - began >= 5 / 20
    registry = Registry()
    with pytest.raises(BatchStoppedError, match="quota of 450"):
        await found(numbers(1000), registry, daily_quota=450)
    assert sum(registry.asked.values()) == 400
