"""
The chapters of the story; each does something with the SDK, shows it, and returns in a few words what happened.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aegis_sdk.demo._scene import (
    EMAIL,
    NAME,
    NUMBER,
    PHONE,
    REPRESENTATIVE,
    START_DATE,
    Scene,
    expect,
)
from aegis_sdk.demo._trouble import breaker, refusals
from aegis_sdk.events import UserProfileUpdated, UserRegistered, WelcomeNotificationRequested


async def contracts(scene: Scene) -> str:
    """
    The contracts are the source of the SDK, of the mock and of this story.
    """
    from aegis_contracts import bundled, bundled_apis, load
    from aegis_contracts.events import load_events

    loaded = [load(path) for path in bundled_apis()]
    catalog = load_events(bundled() / "schemas")
    operations = [len(list(contract.all_operations())) for contract in loaded]
    rows = [(contract.title, contract.version, count) for contract, count in zip(loaded, operations, strict=True)]
    scene.teller.table(("API", "version", "operations"), rows)
    types = sorted({event_type.name for event_type in catalog.values()})
    scene.teller.say(f"Events: {', '.join(types)}")
    return f"{len(loaded)} APIs with {sum(operations)} operations, {len(types)} event types"


async def start(scene: Scene) -> str:
    """
    The mock serves all of it, with a Kafka inside.
    """
    scene.teller.call("aegis mock --port 0 --kafka embedded")
    await scene.start()
    scene.teller.facts({"APIs": scene.mock.url, "Kafka": scene.mock.kafka, "control": f"{scene.mock.url}/__mock__/api"})
    return "all four APIs on one port, events on a real Kafka protocol"


async def business(scene: Scene) -> str:
    """
    The registry confirms number, start date and representative.
    """
    asked = f'start_date="{START_DATE}", representative="{REPRESENTATIVE}"'
    scene.teller.call(f'registry.verify("{NUMBER}", {asked})')
    info = await scene.registry.verify(NUMBER, start_date=START_DATE, representative=REPRESENTATIVE)
    scene.teller.facts(
        {
            "business_name": info.business_name,
            "status": info.status,
            "tax_type": info.tax_type,
            "industry": f"{info.industry_code} {info.industry_name}",
            "establishment_date": info.establishment_date,
        }
    )
    expect(info.status == "active", "the registry does not report the business as active")
    return f"{info.business_name} is {info.status}"


async def register(scene: Scene) -> str:
    """
    A user is registered: the User Service asks the registry itself, stores, publishes, and sends a mail.
    """
    scene.teller.call(f'users.register(email="{EMAIL}", business_registration_number="{NUMBER}", …)')
    made = await scene.users.users.register(
        email=EMAIL,
        password="correct-horse-battery-staple",
        business_registration_number=NUMBER,
        business_name=NAME,
        phone_number=PHONE,
        business_type="법인사업자",
        industry_code="26429",
        industry_code_revision=11,
        region="41",
        start_date=START_DATE,
        representative_name=REPRESENTATIVE,
    )
    scene.user_id = made.user_id
    scene.teller.facts({"user_id": made.user_id, "status": made.status, "business_status": made.business_status})
    return f"user {made.user_id[:8]}… is {made.status}"


async def event(scene: Scene) -> str:
    """
    Other services learn of it by an event.
    """
    scene.teller.call("@consumer.on(UserRegistered)")
    came, delivery = await scene.listener.wait_for(UserRegistered, scene.user_id)
    place = f"{delivery.topic}, partition {delivery.partition}, offset {delivery.offset}"
    key = (delivery.key or b"").decode()
    scene.teller.facts({"topic": place, "key": key, "event_id": came.event_id, "occurred_at": came.occurred_at})
    scene.teller.say(f"Typed, and valid by its schema; personal data does not show: {came.data!r}")
    expect(key == scene.user_id, "the record key is not the user's id")
    return "UserRegistered consumed, typed and validated"


async def mail(scene: Scene) -> str:
    """
    The mail's link verifies the address.
    """
    mails = await scene.mock.inbox("mails", EMAIL)
    expect(len(mails) == 1, f"{len(mails)} mails were sent, not exactly one")
    scene.teller.facts({"subject": mails[0]["subject"], "link": mails[0]["link"]})
    scene.teller.call("email_verifications.confirm(token=…)")
    verified = await scene.users.email_verifications.confirm(token=mails[0]["token"])
    welcome, _ = await scene.listener.wait_for(WelcomeNotificationRequested, scene.user_id)
    scene.teller.say(f"The user is {verified.status} now; {type(welcome).__name__} asks for {welcome.data.template}.")
    expect(verified.status == "active", "the user is not active after the address was verified")
    return "one mail, its token redeemed, the user is active"


async def update(scene: Scene) -> str:
    """
    The event of an update tells only what changed.
    """
    scene.teller.call('users.update(user_id, business_name="삼성전자 수원사업장", region="41")')
    await scene.users.users.update(scene.user_id, business_name="삼성전자 수원사업장", region="41")
    came, _ = await scene.listener.wait_for(UserProfileUpdated, scene.user_id)
    scene.teller.table(
        ("changed", "old", "new"),
        [(name, came.data.old_values[name], came.data.new_values[name]) for name in came.data.changed_fields],
    )
    expect(list(came.data.changed_fields) == ["business_name"], "changed_fields is not exactly what changed")
    return "UserProfileUpdated names business_name, and nothing else"


async def recommend(scene: Scene) -> str:
    """
    Policies that fit the user's business.
    """
    scene.teller.call("recommendations.list(user_id, limit=3)")
    found = await scene.recommendations.recommendations.list(scene.user_id, limit=3)
    policies = found.data.recommendations
    rows = [(policy.title, policy.agency, policy.score) for policy in policies]
    scene.teller.table(("policy", "agency", "score"), rows)
    expect(len(policies) == 3, f"{len(policies)} policies were recommended, not 3")
    return f"{len(policies)} policies, best first"


async def phone(scene: Scene) -> str:
    """
    A code by SMS verifies the phone number.
    """
    scene.teller.call("phone_verifications.request(user_id)")
    await scene.users.phone_verifications.request(scene.user_id)
    [sms] = await scene.mock.inbox("sms", PHONE)
    scene.teller.facts({"to": sms["to"], "text": sms["text"], "bytes": f"{sms['variables']['bytes']} in cp949"})
    scene.teller.call("phone_verifications.confirm(user_id, code=…)")
    code = sms["text"].partition("인증번호: ")[2][:6]
    verified = await scene.users.phone_verifications.confirm(scene.user_id, code=code)
    expect(verified.phone_verified, "the phone number is not verified")
    return "one SMS, its code redeemed, the phone is verified"


CHAPTERS: tuple[tuple[str, Callable[[Scene], Awaitable[str]]], ...] = (
    ("The contracts say what there is", contracts),
    ("The mock serves it", start),
    ("The registry knows the business", business),
    ("A user registers", register),
    ("Kafka tells the others", event),
    ("A mail verifies the address", mail),
    ("The profile changes", update),
    ("Policies are recommended", recommend),
    ("An SMS verifies the phone", phone),
    ("What is wrong is said clearly", refusals),
    ("A provider fails, and recovers", breaker),
)
