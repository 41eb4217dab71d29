"""
Events that an exchange causes: which answers cause them, what they say, where they go, and what is not published.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from aegis_contracts import bundled, load
from aegis_contracts.events import load_events
from aegis_mockserver import Event
from aegis_mockserver.core.operations._emissions import emissions_of

from .conftest import Client, pets

Make = Callable[..., Client]


class Sink:
    """
    Keeps what is published.
    """

    def __init__(self) -> None:
        self.published: list[Event] = []

    def publish(self, event: Event) -> None:
        """
        Keep an event.
        """
        self.published.append(event)

    async def aclose(self) -> None:
        """
        Nothing is on its way.
        """


def emitting(*said: Any) -> dict[str, Any]:
    """
    Return the contract of the pets, whose ``createPet`` emits what is said.
    """
    document = pets()
    document["paths"]["/pets"]["post"]["x-emits"] = list(said)
    return document


def caused(call: Client) -> list[dict[str, Any]]:
    """
    Make a pet, and return the events that this caused.
    """
    assert call("POST", "/pets", {"name": "Bori"}).status == 201
    return [msgspec.json.decode(event.value) for event in call.site.worlds.default.events]


TOLD: dict[str, Any] = {"event": "PetMade", "aggregate": "$response.body#/id", "data": {"name": "$request.body#/name"}}


def test_an_event_says_whose_it_is_and_when(make_client: Make) -> None:
    """
    Identity, version, moment and data stand in its envelope; its key is its aggregate, or its own id where it has none.
    """
    alone = {**TOLD, "aggregate": "$request.query.owner", "version": 3}
    call = make_client(emitting(TOLD, alone, {**TOLD, "aggregate": ""}))
    first, second, third = caused(call)
    assert (first["eventType"], first["version"], first["data"]) == ("PetMade", 1, {"name": "Bori"})
    assert first["occurredAt"].endswith("Z")
    assert second["version"] == 3
    assert "aggregateId" not in second.keys() | third.keys()
    keys = [event.key for event in call.site.worlds.default.events]
    assert keys == [first["aggregateId"], second["eventId"], third["eventId"]]
    assert len({event["eventId"] for event in (first, second, third)}) == 3


@pytest.mark.parametrize(
    ("more", "number"),
    [({}, 1), ({"on": "201"}, 1), ({"on": "2XX"}, 1), ({"on": "200"}, 0),
     ({"when": "$request.body#/name"}, 1), ({"when": "$request.body#/tag"}, 0)],
)  # fmt: skip
def test_only_the_answers_that_are_named_cause_an_event(make_client: Make, more: dict[str, Any], number: int) -> None:
    """
    ``on`` says which statuses, and ``when`` what must be said: an exchange without it causes nothing.
    """
    assert len(caused(make_client(emitting({**TOLD, **more})))) == number


def test_an_event_goes_where_its_operation_or_its_type_says(make_client: Make) -> None:
    """
    The operation's own topic comes first, then the one that the event type declares, then the event's name.
    """
    catalog = load_events(bundled() / "schemas")
    (name, version), declared = next(iter(catalog.items()))
    said: list[dict[str, Any]] = [{**TOLD, "topic": "pets.made"}, {**TOLD, "event": name, "version": version}, TOLD]
    call = make_client(emitting(*said, {**said[1], "topic": "own"}), events=catalog)
    caused(call)
    topics = [event.topic for event in call.site.worlds.default.events]
    assert topics == ["pets.made", declared.topic, "PetMade", "own"]
    assert declared.topic not in {name, ""}


def test_an_event_that_breaks_its_schema_is_kept_and_not_published(
    make_client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Nobody receives it, the log says which rule it breaks, and one that keeps its schema goes out.
    """
    catalog = load_events(bundled() / "schemas")
    declared = next(iter(catalog.values()))
    good: dict[str, Any] = msgspec.json.decode(declared.examples[0].read())
    told = {"event": declared.name, "version": declared.version, "aggregate": "$response.body#/id"}
    sink = Sink()
    call = make_client(
        emitting({**told, "data": {"no": "such"}}, {**told, "aggregate": good["aggregateId"], "data": good["data"]}),
        events=catalog,
        sinks=[sink],
    )
    assert len(caused(call)) == 2
    broken, kept = call.site.worlds.default.events
    assert broken.violations
    assert not kept.violations
    assert sink.published == [kept]
    assert [f"event {declared.name} breaks its schema" in record.message for record in caplog.records] == [True]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"event": ""}, "x-emits: event must name an event type; such as"),
        ({**TOLD, "verson": 2}, "x-emits: verson has the unknown field verson; known are"),
        ("PetMade", "x-emits: an entry must be an object; known"),
    ],
)
def test_what_is_no_event_is_refused_by_its_member(said: Any, named: str) -> None:
    """
    The message says which member of the entry is wrong, and what to write instead.
    """
    (operation,) = (one for one in load(emitting(said)).all_operations() if one.key == "createPet")
    with pytest.raises(ValueError, match=named):
        emissions_of(operation)


@pytest.mark.parametrize(("name", "caused"), [("Nabi", ["PetChanged", "PetSaved"]), ("Bori", ["PetSaved"])])
def test_an_event_of_a_change_needs_one(make_client: Make, name: str, caused: list[str]) -> None:
    """
    What tells what changed is not said of an update that changes nothing; what tells of the update is.
    """
    document = pets()
    document["paths"]["/pets/{petId}"]["patch"]["x-emits"] = [
        {"event": "PetChanged", "aggregate": "$request.path.petId", "data": {"fields": "$change#/fields"}},
        {"event": "PetSaved", "aggregate": "$request.path.petId", "data": {}},
    ]
    call = make_client(document)
    location = dict(call("POST", "/pets", {"name": "Bori"}).headers)[b"location"].decode()
    for sent in ("Bori", name):  # a new pet has no other name yet, whatever is made up beside it
        call.site.worlds.default.events.clear()
        content = msgspec.json.encode({"name": sent})
        assert call("PATCH", location, content, content_type="application/merge-patch+json").status == 200
    assert [event.name for event in call.site.worlds.default.events] == caused


def test_an_answer_that_is_no_json_has_no_body_to_point_into(make_client: Make) -> None:
    """
    What is told of a text is left out, and the event is published all the same.
    """
    said = {"description": "d", "content": {"text/plain": {"example": "no json"}}}
    emits = [{"event": "Told", "aggregate": "one", "data": {"gone": "$response.body#/id", "status": "$statusCode"}}]
    call = make_client({**pets(), "paths": {"/told": {"get": {"responses": {"200": said}, "x-emits": emits}}}})
    assert call("GET", "/told").status == 200
    (event,) = call.site.worlds.default.events
    assert msgspec.json.decode(event.value)["data"] == {"status": 200}
