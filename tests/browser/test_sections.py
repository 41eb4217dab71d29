"""
What the page shows and steers: operations, state, inbox, events, faults, scenarios, clock, worlds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser._chromium import lacks_chromium
from tests.scenarios._aegis import Aegis, running_mock

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(lacks_chromium()), reason=lacks_chromium() or "-")]


def test_an_operation_is_tried(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    An operation comes with a valid request, the same as a curl line, and its answer; the world is the page's.
    """
    page = visit("operations")
    page.get_by_label("Filter operations").fill("register")
    page.get_by_role("link", name="Register a user").click()
    line = page.get_by_role("region", name="curl command")
    expect(line).to_contain_text("curl -X POST")
    expect(line).to_contain_text(f"X-Mock-World: {aegis.world}")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("region", name="Answer body")).to_contain_text("user_id")
    assert [event["eventType"] for event in aegis.events()] == ["UserRegistered"]
    page.get_by_role("button", name="Another request").click()
    expect(page.get_by_role("region", name="Answer body")).to_be_hidden()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("region", name="Answer body")).to_contain_text("user_id")


@pytest.mark.parametrize(
    ("section", "said"), [("inbox", "이지스 이메일 인증"), ("events", "UserRegistered"), ("journal", "201")]
)
def test_what_happens_while_a_section_opens_is_shown(page: Page, aegis: Aegis, section: str, said: str) -> None:
    """
    What comes after a section was read, and before the page listens, is not missed.
    """

    held: list[Route] = []
    page.route("**/__mock__/stream*", lambda route: held.append(route))
    read = "inbox/mails" if section == "inbox" else section
    with page.expect_response(f"**/__mock__/{read}?*"), page.expect_request("**/__mock__/stream*"):
        page.goto(f"{aegis.http.base_url}/__mock__/?world={aegis.world}#/{section}")
    while not held:
        page.wait_for_timeout(10)
    aegis.register()
    held[0].continue_()
    expect(page.locator("main li").filter(has_text=said).first).to_be_visible()


def test_answers_are_chosen_and_parameters_added(visit: Callable[..., Page]) -> None:
    """
    "Try it" can ask for any answer that the contract declares, and add the optional parameters.
    """
    page = visit("operations/Aegis%20User%20API/listUsers")
    page.get_by_label("limit=").check()
    expect(page.get_by_label("Path and query")).to_have_value("/api/v1/users?limit=20")
    page.get_by_label("Answer", exact=True).select_option("code=429")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".result")).to_contain_text("429")


def test_items_are_shown_edited_and_forgotten(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    The stores have what was made; an item can be changed, and forgotten.
    """
    page = visit("state")
    expect(page.get_by_text("Nothing is remembered yet.")).to_be_visible()
    user_id = aegis.register()
    page.get_by_role("link", name="/api/v1/users").click()
    page.get_by_role("button", name="Edit").click()
    editor = page.get_by_label(f"Item {user_id} as JSON")
    changed = {**json.loads(editor.input_value()), "business_name": "새이름 상사"}
    editor.fill(json.dumps(changed, ensure_ascii=False))
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Kept.")).to_be_visible()
    assert aegis.get(f"/api/v1/users/{user_id}").json()["business_name"] == "새이름 상사"
    page.get_by_role("button", name="Forget", exact=True).click()
    expect(page.get_by_text("The store is empty.")).to_be_visible()


def test_a_mail_is_shown_in_a_frame_that_may_do_nothing(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    The verification mail is there as it happens, rendered without any permission, with its token to copy.
    """
    page = visit("inbox")
    aegis.register()
    page.get_by_role("link", name="이지스 이메일 인증").click()
    frame = page.locator("iframe.mail")
    expect(frame).to_have_attribute("sandbox", "")
    expect(frame.content_frame.get_by_role("link")).to_be_visible()
    expect(page.get_by_text(aegis.mails()[0]["token"]).first).to_be_visible()


def test_an_sms_is_shown(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    An SMS is there with its whole text.
    """
    user_id = aegis.register()
    aegis.post(f"/api/v1/users/{user_id}/phone-verifications")
    page = visit("inbox")
    page.get_by_role("link", name="인증번호").click()
    expect(page.get_by_role("region", name="Text of the message")).to_have_text(aegis.sms()[0]["text"])


def test_an_event_is_shown_with_its_envelope(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    An event is there as it happens, with topic, key and envelope.
    """
    page = visit("events")
    user_id = aegis.register()
    page.get_by_role("link", name="UserRegistered").click()
    expect(page.get_by_role("region", name="Envelope")).to_contain_text(f'"aggregateId": "{user_id}"')
    expect(page.get_by_role("complementary")).to_contain_text("aegis.user.registered.v1")


def test_a_fault_is_added_and_removed(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    A fault that is added on the page is met by the next call, and by none after it was switched off.
    """
    page = visit("faults")
    page.get_by_label("To", exact=True).fill("getHealth")
    page.get_by_label("Retry-After, seconds").fill("7")
    page.get_by_role("button", name="Add the fault").click()
    expect(page.get_by_role("heading", name="getHealth")).to_be_visible()
    answer = aegis.get("/health")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    expect(page.get_by_text("Met 1 time.")).to_be_visible()
    page.get_by_role("button", name="Switch off fault 1").click()
    expect(page.get_by_text("Nothing goes wrong.")).to_be_visible()
    assert aegis.get("/health").status_code == 200


@pytest.mark.parametrize("kind", ["latency", "rate", "schedule", "slow", "truncate", "reset"])
def test_every_kind_of_fault_is_understood(visit: Callable[..., Page], aegis: Aegis, kind: str) -> None:
    """
    Whatever kind of fault the page offers, the mock takes it as the page writes it.
    """
    page = visit("faults")
    page.get_by_label("What happens").select_option(kind)
    page.get_by_role("button", name="Add the fault").click()
    expect(page.get_by_role("heading", name="Every operation")).to_be_visible()
    assert len(aegis.get("/__mock__/faults").json()["faults"]) == 1


def test_a_refused_fault_is_explained(visit: Callable[..., Page]) -> None:
    """
    What the mock cannot use is said on the page.
    """
    page = visit("faults")
    page.get_by_label("Status", exact=True).fill("99")
    page.get_by_role("button", name="Add the fault").click()
    expect(page.locator("#said")).to_contain_text("status must be at least 200 and at most 599")
    expect(page.get_by_text("Nothing goes wrong.")).to_be_visible()


def test_the_clock_is_advanced(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    A day later the token of the verification mail has expired, and the page says what time it is.
    """
    aegis.register()
    page = visit("clock")
    page.get_by_role("button", name="+ 24 hours").click()
    expect(page.get_by_text("It runs 1 d ahead of the machine’s clock.")).to_be_visible()
    expect(page.locator("#time")).to_be_visible()
    answer = aegis.post("/api/v1/email-verifications/confirm", {"token": aegis.mails()[0]["token"]})
    assert answer.status_code >= 400
    page.get_by_label("To this point in time").fill("2027-03-01T09:00:00+09:00")
    page.get_by_role("button", name="Set the clock").click()
    expect(page.locator("time.big")).to_contain_text("2027-03-01 00:00")
    page.get_by_role("button", name="Follow the machine").click()
    expect(page.get_by_text("It runs with the machine’s clock.")).to_be_visible()


def test_a_scenario_is_started(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    A scenario runs from its start to its stop, and shows where it is.
    """
    page = visit("scenarios")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("running", exact=True)).to_be_visible()
    assert aegis.get("/health").status_code == 503
    expect(page.locator(".steps li").nth(1)).to_have_attribute("aria-current", "step")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("running", exact=True)).to_be_hidden()


def test_worlds_are_switched_and_reset(visit: Callable[..., Page], aegis: Aegis) -> None:
    """
    Another world shows other things; a reset makes the world as new.
    """
    aegis.get("/health")
    page = visit("worlds")
    page.get_by_label("Name").fill(f"{aegis.world}-b")
    page.get_by_role("button", name="Go there", exact=True).click()
    expect(page.locator("#world")).to_have_text(f"world {aegis.world}-b")
    expect(page.get_by_text("Nothing was asked yet.")).to_be_visible()
    page.get_by_role("link", name="Worlds").click()
    page.get_by_role("button", name=f"Go to world {aegis.world}", exact=True).click()
    expect(page.locator("ol.rows > li")).to_have_count(1)
    page.get_by_role("link", name="Worlds").click()
    page.get_by_role("button", name=f"Reset world {aegis.world}", exact=True).click()
    expect(page.get_by_text("The world is as new.")).to_be_visible()
    assert aegis.get("/__mock__/journal").json()["exchanges"] == []


def test_trouble_with_a_watched_contract_is_shown(context: BrowserContext, tmp_path: Path) -> None:
    """
    While a saved contract is broken, every section says so; webhooks and a mended contract are there at once.
    """
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {"/carts": {"get": {"operationId": "listCarts", "responses": {"200": {"description": "ok"}}}}},
        "webhooks": {"cartSold": {"post": {"summary": "A cart was sold", "responses": {"204": {"description": "ok"}}}}},
    }
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(document))
    with running_mock("--watch", str(path)) as mock, context.new_page() as other:
        other.goto(f"{mock.url}/__mock__/#/operations")
        expect(other.get_by_role("link", name="/carts")).to_be_visible()
        path.write_text("{")
        expect(other.get_by_role("alert")).to_contain_text("shop.json")
        path.write_text(json.dumps({**document, "paths": {"/baskets": document["paths"]["/carts"]}}))  # type: ignore[index]
        expect(other.get_by_role("link", name="/baskets")).to_be_visible()
        expect(other.get_by_role("alert")).to_be_hidden()
        other.get_by_role("link", name="A cart was sold").click()
        other.get_by_label("Send it to").fill("http://192.0.2.1/hook")
        other.get_by_role("button", name="Send the webhook").click()
        expect(other.locator("#said")).to_contain_text("--allow-callbacks")
