"""
A new field is a property in its contract: nothing else needs a hand.
"""

from __future__ import annotations

from tests.changes.conftest import Repository

HOMEPAGE = """
        homepage:
          type: string
          title: Homepage
          description: The address of the business on the web.
          format: uri
          maxLength: 200
          examples: ["https://hanbit.example.com"]
"""
CALLS = """
from aegis_mockserver import transport
from aegis_sdk import HttpxAdapter, UserClient

given = {"email": "kim@example.com", "password": "Passw0rd!-long", "business_registration_number": "124-81-00998"}
given |= {"business_name": "한빛전자", "phone_number": "010-1234-5678", "homepage": "https://hanbit.example.com"}
with UserClient("http://mock", "key", transport=HttpxAdapter(transport())) as client:
    user = client.users.get(client.users.register(**given).user_id)
    assert user.homepage == "https://hanbit.example.com", user
"""
PAGE = """
from _reference_api import api
from aegis_contracts import load

text = "\\n".join(api(load("openapi/user.yaml")))
assert text.count("The address of the business on the web.") >= 2
"""
EVENT = """
import json
from pathlib import Path

from _reference_events import events
from aegis_contracts.events import load_events
from aegis_sdk.events import UserDeleted, encode, parse

event = UserDeleted.new(user_id="u-1", deletion_reason="user_request", channel="web")
assert parse(encode(event)).data.channel == "web"
assert "Where it was asked for." in "\\n".join(events(load_events(Path("schemas"))))
"""


def test_a_property_of_an_api_reaches_client_mock_and_reference(repository: Repository) -> None:
    """
    A property that a contract has more is an argument and an attribute of the client, is kept by the mock, and stands
    in the reference.
    """
    last = '        representative_name: {$ref: "#/components/schemas/RepresentativeName"}'
    repository.replace("openapi/user.yaml", last, last + HOMEPAGE.rstrip("\n"))
    assert all("user/" in line for line in repository.generate())
    repository.run("-m", "aegis_shell", "lint", "--fail-on", "warning")
    repository.run("-c", CALLS)
    repository.run("-c", PAGE)


def test_a_property_of_an_event_reaches_model_verdict_and_catalogue(repository: Repository) -> None:
    """
    A property that an event has more is an argument and an attribute of its model, travels, and stands in the
    catalogue.
    """
    told = '"type": "string", "maxLength": 40, "title": "Channel", "description": "Where it was asked for."'
    more = f'{{{told}, "examples": ["web"]}}'
    repository.replace(
        "schemas/user.deleted.v1.json", '"deletionReason": {', f'"channel": {more},\n        "deletionReason": {{'
    )
    assert all("events/" in line for line in repository.generate())
    repository.run("-m", "aegis_shell", "lint", "--fail-on", "warning")
    repository.run("-c", EVENT)
