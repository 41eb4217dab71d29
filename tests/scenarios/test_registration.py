"""
The registration flow: registry → store → exactly one event → one mail (AEG-SPC-USER v6.0 §8).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from typing import Any

import pytest

from tests.scenarios._aegis import Aegis, business_number, code_of, registration


def test_an_active_business_is_registered_with_one_event_and_one_mail(aegis: Aegis) -> None:
    """
    The registry says active → the user is stored → exactly one UserRegistered → exactly one verification mail.
    """
    answer = aegis.post("/api/v1/users", registration(region="41", industry_code="26429", business_type="법인사업자"))
    assert answer.status_code == 201
    said = answer.json()
    user_id = said["user_id"]
    assert said["success"] is True
    assert (said["status"], said["business_status"]) == ("pending", "active")
    assert answer.headers["location"] == f"/api/v1/users/{user_id}"

    stored = aegis.get(f"/api/v1/users/{user_id}").json()
    assert stored["business_name"] == "삼성전자 주식회사"
    assert (stored["email_verified"], stored["phone_verified"]) == (False, False)
    assert "password" not in stored

    [event] = aegis.events()
    assert event["eventType"] == "UserRegistered"
    assert event["aggregateId"] == user_id
    assert event["occurredAt"] == said["created_at"]
    assert event["data"] == {
        "userId": user_id,
        "email": "seoyeon.kim@example.com",
        "businessRegistrationNumber": "124-81-00998",
        "businessType": "법인사업자",
        "industryCode": "26429",
        "region": "41",
    }

    [mail] = aegis.mails("Seoyeon.Kim@example.com")
    assert mail["subject"] == "이지스 이메일 인증"
    assert mail["link"].startswith("https://aegis.example.com/verify?token=")
    assert mail["link"] in mail["text"]
    assert mail["link"] in mail["html"]
    assert "김서연님" in mail["text"]


def test_the_mail_is_multipart_alternative_with_text_and_html(aegis: Aegis) -> None:
    """
    As it would be sent, the mail has a text part and an HTML part, both in UTF-8.
    """
    aegis.register()
    [mail] = aegis.mails()
    sent = message_from_bytes(aegis.get(f"/__mock__/inbox/mails/{mail['number']}/raw").content, policy=policy.default)
    assert sent.get_content_type() == "multipart/alternative"
    assert sent["Subject"] == "이지스 이메일 인증"
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]
    assert all(part.get_content_charset() == "utf-8" for part in sent.iter_parts())


def test_what_a_user_is_called_is_escaped_in_html(aegis: Aegis) -> None:
    """
    A business name with angle brackets is text in the mail, never markup.
    """
    aegis.register(business_name="<b>분식</b>", start_date=None, representative_name=None)
    [mail] = aegis.mails()
    assert "<b>분식</b>님" in mail["text"]
    assert "&lt;b&gt;분식&lt;/b&gt;님" in mail["html"]


def test_a_taken_address_is_a_conflict_whatever_its_case(aegis: Aegis) -> None:
    """
    Nobody registers twice with one e-mail address; case makes no difference.
    """
    aegis.register()
    other = registration("SEOYEON.Kim@example.com", business_registration_number="220-81-62517")
    assert code_of(aegis.post("/api/v1/users", other)) == (409, "email_already_registered")


def test_a_taken_business_is_a_conflict(aegis: Aegis) -> None:
    """
    Nobody registers twice with one business registration number.
    """
    aegis.register()
    assert code_of(aegis.post("/api/v1/users", registration("b@example.com"))) == (409, "business_already_registered")
    assert len(aegis.events()) == len(aegis.mails()) == 1


CAFE = {"start_date": "2018-03-12", "representative_name": "윤도현"}
SHOP = {"start_date": "2015-07-01", "representative_name": "임채원"}
ALONE: dict[str, Any] = {"start_date": None, "representative_name": None}


@pytest.mark.parametrize(
    ("number", "claims", "reason"),
    [
        ("999-00-02009", ALONE, "suspended"),
        ("999-00-02009", CAFE, "suspended"),
        ("999-00-02009", SHOP, "mismatch"),
        ("999-00-03008", ALONE, "closed"),
        ("999-00-03008", SHOP, "closed"),
        ("999-00-04045", ALONE, "unregistered"),
        ("999-00-04045", SHOP, "unregistered"),
        ("999-00-05006", SHOP, "mismatch"),
        ("123-45-67890", ALONE, "unregistered"),
        ("000-00-00000", ALONE, "unregistered"),
        ("000-00-00000", SHOP, "unregistered"),
        ("124-81-00998", SHOP, "mismatch"),
    ],
)
def test_a_business_that_is_not_active_is_refused_with_the_reason(
    aegis: Aegis, number: str, claims: dict[str, Any], reason: str
) -> None:
    """
    What the registry does not confirm as active is 422 with the reason; nothing is stored, published or sent.
    """
    answer = aegis.post("/api/v1/users", registration(business_registration_number=number, **claims))
    assert code_of(answer) == (422, "business_not_active")
    assert answer.json()["reason"] == reason
    assert aegis.get("/api/v1/users").json()["data"] == []
    assert not aegis.events()
    assert not aegis.mails()


def test_a_mismatch_number_is_active_when_only_its_state_is_asked(aegis: Aegis) -> None:
    """
    Without start date and representative the registry is asked for the state alone.
    """
    aegis.register(business_registration_number="999-00-05006", **ALONE)


def test_a_silent_registry_is_503_with_retry_after(aegis: Aegis) -> None:
    """
    When the registry cannot be asked nothing is stored, and the client is told when to try again.
    """
    answer = aegis.post("/api/v1/users", registration(business_registration_number="999-00-05030"))
    assert code_of(answer) == (503, "registry_unavailable")
    assert answer.headers["retry-after"] == "30"


@pytest.mark.parametrize("fault", [{"status": 503}, {"reset": True}, {"latency": 11}])
def test_a_fault_of_the_registry_reaches_registration(aegis: Aegis, fault: dict[str, Any]) -> None:
    """
    Faults that a world has for the registry make registration fail as it would with a real one.
    """
    aegis.post("/__mock__/faults", {"operation": "validateBusinesses", **fault})
    assert code_of(aegis.post("/api/v1/users", registration())) == (503, "registry_unavailable")
    aegis.http.delete("/__mock__/faults")
    aegis.register()


def test_a_repeated_key_is_answered_again_and_nothing_happens_twice(aegis: Aegis) -> None:
    """
    The same Idempotency-Key and body get the same answer, without a second event or mail.
    """
    key = {"Idempotency_Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}
    first = aegis.post("/api/v1/users", registration(), **key)
    again = aegis.post("/api/v1/users", registration(), **key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(aegis.events()) == len(aegis.mails()) == 1


def test_a_key_with_another_body_is_422(aegis: Aegis) -> None:
    """
    An Idempotency-Key belongs to one payload.
    """
    aegis.post("/api/v1/users", registration(), Idempotency_Key="k1")
    other = registration("other@example.com", business_registration_number=business_number(1), **ALONE)
    assert code_of(aegis.post("/api/v1/users", other, Idempotency_Key="k1")) == (422, "idempotency_key_reused")


def test_a_refusal_is_not_kept_for_the_key(aegis: Aegis) -> None:
    """
    After a refusal the same request may be repeated with its key, and succeeds when the reason is gone.
    """
    aegis.post("/__mock__/faults", {"operation": "validateBusinesses", "status": 503})
    assert aegis.post("/api/v1/users", registration(), Idempotency_Key="k2").status_code == 503
    aegis.http.delete("/__mock__/faults")
    assert aegis.post("/api/v1/users", registration(), Idempotency_Key="k2").status_code == 201


def test_everything_that_is_wrong_is_reported(aegis: Aegis) -> None:
    """
    A request that breaks the contract is 400 with all violations, and never repeats a value.
    """
    answer = aegis.post("/api/v1/users", registration("no address", phone_number="1588-1234", nickname="별명"))
    assert code_of(answer) == (400, "invalid_request")
    found = {(violation["pointer"], violation["rule"]) for violation in answer.json()["violations"]}
    assert ("/body", "additionalProperties") in found or ("/body/nickname", "additionalProperties") in found
    assert {"/body/email", "/body/phone_number"} <= {pointer for pointer, _ in found}
    assert "1588-1234" not in answer.text


def test_worlds_do_not_see_each_other(aegis: Aegis) -> None:
    """
    What one test registers is not there for another.
    """
    user_id = aegis.register()
    assert aegis.http.get(f"/api/v1/users/{user_id}", headers={"X-Mock-World": "another"}).status_code == 404


def test_a_world_can_know_businesses_of_its_own(aegis: Aegis) -> None:
    """
    A business that a test puts into its world is known to the registry there, with the state that the test wants.
    """
    number, digits = business_number(7), business_number(7).replace("-", "")
    suspended = {"b_no": digits, "b_nm": "우리분식", "start_dt": "20200101", "p_nm": "강지호", "b_stt_cd": "02"}
    aegis.post("/__mock__/state", {"businesses": {digits: suspended}})
    answer = aegis.post("/api/v1/users", registration(business_registration_number=number, **ALONE))
    assert answer.json()["reason"] == "suspended"


def test_a_repetition_while_the_first_is_processed_is_409(aegis: Aegis) -> None:
    """
    As long as the first request with a key has no answer yet, a repetition has to wait; then it gets that answer.
    """
    aegis.post("/__mock__/faults", {"operation": "registerUser", "latency": 0.5, "times": 1})
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(aegis.post, "/api/v1/users", registration(), Idempotency_Key="k3")
        while not aegis.mails():  # the first request is stored, and its answer still held back
            pass
        again = aegis.post("/api/v1/users", registration(), Idempotency_Key="k3")
        assert code_of(again) == (409, "idempotency_request_in_progress")
        answered = first.result()
    assert answered.status_code == 201
    assert aegis.post("/api/v1/users", registration(), Idempotency_Key="k3").json() == answered.json()
    assert len(aegis.events()) == len(aegis.mails()) == 1
