"""
The business registry with the manners of the tax service, at both of its servers.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios._aegis import Aegis, business_number, code_of

GATEWAY, TAX_SERVICE = "/api/v1", "/api/nts-businessman/v1"
BOTH = pytest.mark.parametrize("base", [GATEWAY, TAX_SERVICE])
SAMSUNG = {"b_no": "1248100998", "start_dt": "19690113", "p_nm": "김서연"}
BLANK = ["b_stt", "b_stt_cd", "tax_type_cd", "end_dt", "utcc_yn", "rbf_tax_type", "rbf_tax_type_cd"]


@BOTH
def test_states_stand_in_the_order_of_the_request(aegis: Aegis, base: str) -> None:
    """
    Active, suspended, closed and unregistered: each number has its state, and only the registered are counted.
    """
    numbers = ["2208162517", "9990002009", "9990003008", "9990004045", "9990001000"]
    said = aegis.post(f"{base}/status", {"b_no": numbers}).json()
    assert (said["status_code"], said["request_cnt"], said["match_cnt"]) == ("OK", 5, 4)
    assert [entry["b_no"] for entry in said["data"]] == numbers
    assert [entry["b_stt_cd"] for entry in said["data"]] == ["01", "02", "03", "", "01"]
    assert said["data"][2]["end_dt"] == "20240630"


@BOTH
def test_an_unregistered_number_is_no_error_and_no_counter(aegis: Aegis, base: str) -> None:
    """
    It is 200 with "" nearly everywhere and a sentence in tax_type; match_cnt is absent, not 0.
    """
    said = aegis.post(f"{base}/status", {"b_no": ["9990004045", "1248100999"]}).json()
    assert "match_cnt" not in said
    for entry in said["data"]:
        assert [entry[name] for name in BLANK] == [""] * len(BLANK)
        assert entry["tax_type"].startswith("국세청에 등록되지 않은 사업자등록번호입니다")


@BOTH
def test_what_belongs_together_is_confirmed_with_its_state(aegis: Aegis, base: str) -> None:
    """
    valid "01" comes with the state, also of a suspended business; request_param echoes what was sent, unknown too.
    """
    cafe = {"b_no": "9990002009", "start_dt": "20180312", "p_nm": "윤도현", "b_nm": "", "note": "그대로"}
    said = aegis.post(f"{base}/validate", {"businesses": [SAMSUNG, cafe]}).json()
    assert (said["request_cnt"], said["valid_cnt"]) == (2, 2)
    assert [entry["valid"] for entry in said["data"]] == ["01", "01"]
    assert [entry["request_param"] for entry in said["data"]] == [SAMSUNG, cafe]
    assert [entry["status"]["b_stt_cd"] for entry in said["data"]] == ["01", "02"]


@BOTH
@pytest.mark.parametrize(
    "query",
    [
        {**SAMSUNG, "p_nm": "이민준"},
        {**SAMSUNG, "start_dt": "20200101"},
        {**SAMSUNG, "b_nm": "다른 이름"},
        {**SAMSUNG, "b_no": "9990005006"},
        {**SAMSUNG, "b_no": "9990004045"},
    ],
)
def test_what_does_not_belong_together_has_no_status(aegis: Aegis, base: str, query: dict[str, Any]) -> None:
    """
    valid "02" comes with a message and without status; valid_cnt is absent.
    """
    said = aegis.post(f"{base}/validate", {"businesses": [query]}).json()
    assert "valid_cnt" not in said
    [entry] = said["data"]
    assert (entry["valid"], "status" in entry) == ("02", False)
    assert entry["valid_msg"].startswith("확인할 수 없습니다")
    assert entry["request_param"] == query


@BOTH
def test_zeros_are_refused_by_the_portal(aegis: Aegis, base: str) -> None:
    """
    /validate of 0000000000 is the portal's -999; /status knows it as unregistered.
    """
    answer = aegis.post(f"{base}/validate", {"businesses": [{**SAMSUNG, "b_no": "0000000000"}]})
    assert (answer.status_code, answer.json()["code"]) == (400, -999)
    assert aegis.post(f"{base}/status", {"b_no": ["0000000000"]}).json()["data"][0]["b_stt_cd"] == ""


@BOTH
@pytest.mark.parametrize(
    ("content", "status", "name"),
    [
        (b"{", 400, "BAD_JSON_REQUEST"),
        (b"", 400, "BAD_JSON_REQUEST"),
        (b"\xff\xfe", 400, "BAD_JSON_REQUEST"),
        (b"{}", 411, "REQUEST_DATA_MALFORMED"),
        (b"[]", 411, "REQUEST_DATA_MALFORMED"),
        (b'{"b_no": []}', 411, "REQUEST_DATA_MALFORMED"),
        (b'{"b_no": ["124-81-00998"]}', 411, "REQUEST_DATA_MALFORMED"),
        (b'{"b_no": [%s]}' % b",".join([b'"1248100998"'] * 101), 413, "TOO_LARGE_REQUEST"),
    ],
)
def test_the_tax_service_refuses_in_its_own_words(
    aegis: Aegis, base: str, content: bytes, status: int, name: str
) -> None:
    """
    What is wrong with a body has a name in status_code and a status of the tax service's own choice.
    """
    headers = {"Content-Type": "application/json"}
    answer = aegis.http.post(f"{base}/status", content=content, headers=headers)
    assert (answer.status_code, answer.json()) == (status, {"status_code": name})


@pytest.mark.parametrize(
    ("base", "credential", "said"),
    [
        (TAX_SERVICE, "", -401),
        (TAX_SERVICE, "Infuser invalid", -4),
        (TAX_SERVICE, "Bearer invalid", -4),
        (GATEWAY, "", "unauthorized"),
        (GATEWAY, "Bearer invalid", "unauthorized"),
    ],
)
def test_a_key_that_is_missing_or_unknown(aegis: Aegis, base: str, credential: str, said: object) -> None:
    """
    The portal says it with numbers of its own, the Aegis gateway with a problem.
    """
    headers = {"Authorization": credential}
    answer = aegis.http.post(f"{base}/status", json={"b_no": ["1248100998"]}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, said)


@pytest.mark.parametrize("header", [{"Authorization": "Infuser abc+/="}, {"Authorization": "Bearer abc"}, {}])
def test_a_key_may_come_in_either_header_or_the_query(aegis: Aegis, header: dict[str, str]) -> None:
    """
    The tax service takes its key in a header, or, if it must be, in the query.
    """
    query = {} if header else {"serviceKey": "a+b/c="}
    headers = {"Authorization": "", **header}
    said = aegis.http.post(f"{TAX_SERVICE}/status", json={"b_no": ["1248100998"]}, headers=headers, params=query)
    assert said.status_code == 200


@BOTH
@pytest.mark.parametrize(
    ("path", "body"),
    [("/status", {"b_no": ["9990005030"]}), ("/validate", {"businesses": [{**SAMSUNG, "b_no": "9990005030"}]})],
)
def test_a_silent_tax_service_is_503(aegis: Aegis, base: str, path: str, body: dict[str, Any]) -> None:
    """
    One number of the contract makes the tax service silent: 503 with Retry-After.
    """
    answer = aegis.post(f"{base}{path}", body)
    assert code_of(answer) == (503, "tax_service_unavailable")
    assert answer.headers["retry-after"] == "30"


def test_only_the_gateway_tells_details(aegis: Aegis) -> None:
    """
    /business-info has name, industry and dates of a business; a number that nobody listed has made-up ones.
    """
    query = {"serviceKey": "abc", "resultType": "json"}
    said = aegis.get(f"{GATEWAY}/business-info", businessRegNo="1248100998", **query).json()["data"]
    assert (said["b_nm"], said["industry_code"], said["start_dt"]) == ("삼성전자 주식회사", "26429", "19690113")
    number = business_number(1).replace("-", "")
    made_up = aegis.get(f"{GATEWAY}/business-info", businessRegNo=number, **query).json()["data"]
    assert (made_up["b_no"], made_up["b_stt_cd"], made_up["b_nm"] != "") == (number, "01", True)
    unknown = aegis.get(f"{GATEWAY}/business-info", businessRegNo="9990004045", **query)
    assert code_of(unknown) == (404, "business_not_found")
    assert aegis.get(f"{TAX_SERVICE}/business-info", businessRegNo="1248100998").status_code == 404
