"""
The walk: every action, in the order that the specification gives, without a socket and without waiting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aegis_contracts.arazzo import Sources, load_arazzo
from aegis_verifier import Exchange, Response, Settings
from aegis_verifier._values import Wait
from aegis_verifier.events import Record
from aegis_verifier.workflows import Ended, NotRun, Pause, Send, Walk

API = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {f"/{name}": {"get": {"operationId": name, "responses": {}}} for name in ("a", "b", "c", "login")},
}
EVENTS = {
    "asyncapi": "3.0.0",
    "info": {"title": "e", "version": "1"},
    "channels": {
        "orders": {
            "address": "orders.v1",
            "messages": {
                "Ordered": {
                    "correlationId": {"location": "$message.header#/orderId"},
                    "payload": {"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}},
                }
            },
        }
    },
    "operations": {"order": {"action": "receive", "channel": {"$ref": "#/channels/orders"}}},
}


class Arrived:
    """
    Records that have been published.
    """

    def __init__(self, *records: Record) -> None:
        self.records = list(records)

    def all(self) -> list[Record]:
        """
        Return them.
        """
        return list(self.records)


class Played:
    """
    A walk whose requests are answered from a list of statuses by operation; the last one is repeated.
    """

    def __init__(
        self, folder: Any, workflows: list[dict[str, Any]], arrived: Arrived | None = None, **more: Any
    ) -> None:

        (folder / "api.json").write_text(json.dumps(API))
        (folder / "events.json").write_text(json.dumps(EVENTS))
        document = {
            "arazzo": "1.1.0",
            "info": {"title": "t", "version": "1"},
            "sourceDescriptions": [{"name": "api", "url": "api.json"}, {"name": "events", "url": "events.json"}],
            "workflows": workflows,
        }
        (folder / "w.arazzo.json").write_text(json.dumps(document))
        self.description = load_arazzo(folder / "w.arazzo.json")
        self.asked: list[str] = []
        self.paused: list[float] = []
        self.timeouts: list[float] = []
        self.arrived = arrived
        self.walk = Walk(
            Sources(self.description), Settings(patience=0.01), given=lambda workflow: {}, records=arrived, seconds=60
        )

    def run(self, answers: dict[str, list[Any]], name: str = "w") -> Ended:
        """
        Walk to the end.
        """
        left: dict[str, Iterator[Any]] = {key: iter([*given, *[given[-1]] * 999]) for key, given in answers.items()}
        walk = self.walk.top(self.description.workflows[name])
        answer: Any = None
        while True:
            try:
                asked = walk.send(answer)
            except StopIteration as stop:
                ended: Ended = stop.value
                return ended
            match asked:
                case Send(request, timeout):
                    key = request.operation.key
                    self.asked.append(key)
                    self.timeouts.append(timeout)
                    given = next(left[key]) if key in left else 200
                    headers = given[1] if isinstance(given, tuple) else {}
                    status = given[0] if isinstance(given, tuple) else given
                    response = Response(status, headers, b"{}") if status else None
                    answer = Exchange(request, response, "" if status else "hang")
                case Pause(seconds):
                    self.paused.append(seconds)
                    answer = None
                case Wait(look, _):
                    answer = look()
                case _:
                    assert self.arrived is not None
                    headers = tuple((name, text.encode()) for name, text in asked.headers.items())
                    self.arrived.records.append(Record(asked.topic, None, asked.value, headers))
                    answer = ""


OK = [{"condition": "$statusCode == 200"}]


def step(name: str, **fields: Any) -> dict[str, Any]:
    return {"stepId": name, "operationId": name, "successCriteria": OK, **fields}


def workflow(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"workflowId": "w", "steps": list(steps), **fields}


def action(kind: str, **fields: Any) -> dict[str, Any]:
    return {"name": fields.pop("name", kind), "type": kind, **fields}


TO_C = action("goto", stepId="c")
RETRY = action("retry")


def again(limit: int) -> dict[str, Any]:
    return action("retry", retryLimit=limit)


CASES: dict[str, tuple[list[dict[str, Any]], dict[str, list[Any]], str, bool]] = {
    "steps one after the other": ([workflow(step("a"), step("b"))], {}, "a b", True),
    "a failure ends it": ([workflow(step("a"), step("b"))], {"a": [500]}, "a", False),
    "success ends it": ([workflow(step("a", onSuccess=[action("end")]), step("b"))], {}, "a", True),
    "failure with end is a failure": ([workflow(step("a", onFailure=[action("end")]))], {"a": [404]}, "a", False),
    "success goes to a step": (
        [workflow(step("a", onSuccess=[TO_C]), step("b"), step("c"))],
        {},
        "a c",
        True,
    ),
    "failure goes to a step": (
        [workflow(step("a", onFailure=[TO_C]), step("b"), step("c"))],
        {"a": [404]},
        "a c",
        True,
    ),
    "the first action whose criteria hold": (
        [
            workflow(
                step(
                    "a",
                    onFailure=[
                        action("goto", name="x", stepId="b", criteria=[{"condition": "$statusCode == 401"}]),
                        action("goto", name="y", stepId="c", criteria=[{"condition": "$statusCode == 404"}]),
                    ],
                ),
                step("b"),
                step("c"),
            )
        ],
        {"a": [404]},
        "a c",
        True,
    ),
    "one retry when no limit is said": (
        [workflow(step("a", onFailure=[RETRY]))],
        {"a": [503, 200]},
        "a a",
        True,
    ),
    "one retry and no more": ([workflow(step("a", onFailure=[RETRY]))], {"a": [503]}, "a a", False),
    "as many retries as the limit": (
        [workflow(step("a", onFailure=[again(3)]))],
        {"a": [503]},
        "a a a a",
        False,
    ),
    "no retry at a limit of none": (
        [workflow(step("a", onFailure=[again(0)]))],
        {"a": [503]},
        "a",
        False,
    ),
    "what comes after retries": (
        [workflow(step("a", onFailure=[again(2), TO_C]), step("b"), step("c"))],
        {"a": [503]},
        "a a a c",
        True,
    ),
    "a step before the retry": (
        [workflow(step("a", onFailure=[action("retry", stepId="b")], onSuccess=[action("end")]), step("b"))],
        {"a": [401, 200]},
        "a b a",
        True,
    ),
    "a workflow before the retry": (
        [
            workflow(step("a", onFailure=[action("retry", workflowId="in")])),
            {"workflowId": "in", "steps": [step("login")]},
        ],
        {"a": [401, 200]},
        "a login a",
        True,
    ),
    "success goes to a workflow, one way": (
        [
            workflow(step("a", onSuccess=[action("goto", workflowId="in")]), step("b")),
            {"workflowId": "in", "steps": [step("login")]},
        ],
        {},
        "a login",
        True,
    ),
    "a workflow as a step": (
        [
            workflow({"stepId": "s", "workflowId": "in"}, step("b")),
            {"workflowId": "in", "steps": [step("login")]},
        ],
        {},
        "login b",
        True,
    ),
    "a workflow that fails fails its step": (
        [
            workflow({"stepId": "s", "workflowId": "in"}, step("b")),
            {"workflowId": "in", "steps": [step("login")]},
        ],
        {"login": [500]},
        "login",
        False,
    ),
    "a workflow that fails can be dealt with": (
        [
            workflow({"stepId": "s", "workflowId": "in", "onFailure": [TO_C]}, step("b"), step("c")),
            {"workflowId": "in", "steps": [step("login")]},
        ],
        {"login": [500]},
        "login c",
        True,
    ),
    "actions of the workflow": (
        [workflow(step("a"), failureActions=[RETRY])],
        {"a": [503, 200]},
        "a a",
        True,
    ),
    "a step's action over the workflow's": (
        [workflow(step("a", onFailure=[action("end", name="x")]), failureActions=[action("retry", name="x")])],
        {"a": [503, 200]},
        "a",
        False,
    ),
    "workflows that it depends on": (
        [workflow(step("a"), dependsOn=["in"]), {"workflowId": "in", "steps": [step("login")]}],
        {},
        "login a",
        True,
    ),
    "steps in the order of what they depend on": ([workflow(step("a", dependsOn=["b"]), step("b"))], {}, "b a", True),
    "without criteria 2xx is a success": ([workflow({"stepId": "a", "operationId": "a"})], {"a": [204]}, "a", True),
    "without criteria 4xx is a failure": ([workflow({"stepId": "a", "operationId": "a"})], {"a": [404]}, "a", False),
    "no answer can be retried": ([workflow(step("a", onFailure=[RETRY]))], {"a": [0, 200]}, "a a", True),
}


@pytest.mark.parametrize("name", CASES)
def test_way_through_a_workflow(tmp_path: Any, name: str) -> None:
    """
    Success and failure actions lead where the specification says, and the workflow ends well or not.
    """
    workflows, answers, asked, ok = CASES[name]
    played = Played(tmp_path, workflows)
    ended = played.run(answers)
    assert (" ".join(played.asked), ended.ok) == (asked, ok)


@pytest.mark.parametrize(("said", "wanted"), [({}, 2.5), ({"retry-after": "7"}, 7.0)])
def test_retry_waits(tmp_path: Any, said: dict[str, str], wanted: float) -> None:
    """
    A retry waits as long as the document says, or as the provider says, whose word goes first.
    """
    played = Played(tmp_path, [workflow(step("a", onFailure=[action("retry", retryAfter=2.5)]))])
    assert played.run({"a": [(503, said), 200]}).ok
    assert played.paused == [wanted]


def test_timeout_of_a_step_bounds_its_exchange(tmp_path: Any) -> None:
    """
    A step's timeout in milliseconds is how long its answer may take.
    """
    played = Played(tmp_path, [workflow(step("a", timeout=250), step("b"))])
    played.run({})
    assert played.timeouts[0] == 0.25
    assert played.timeouts[1] == 10.0


ENDLESS: dict[str, list[dict[str, Any]]] = {
    "loop": [workflow(step("a", onSuccess=[action("goto", stepId="a")]))],
    "depth": [workflow({"stepId": "s", "workflowId": "w"})],
    "circle": [workflow(step("a"), dependsOn=["x"]), {"workflowId": "x", "dependsOn": ["w"], "steps": [step("b")]}],
    "time": [workflow(step("a", onFailure=[action("retry", retryAfter=3600)]))],
}


@pytest.mark.parametrize("rule", ENDLESS)
def test_nothing_runs_for_ever(tmp_path: Any, rule: str) -> None:
    """
    Loops, workflows that call themselves and long waits end with the reason and the place.
    """
    played = Played(tmp_path, ENDLESS[rule])
    with pytest.raises(NotRun) as told:
        played.run({"a": [500]} if rule == "time" else {})
    assert told.value.rule == rule
    assert "w.arazzo.json#/workflows" in told.value.location


SENT = {
    "stepId": "send",
    "operationId": "order",
    "action": "send",
    "parameters": [{"name": "orderId", "in": "header", "value": "o-1"}],
    "requestBody": {"payload": {"ok": True}},
    "outputs": {"id": "$message.header.orderId"},
}


def received(**fields: Any) -> dict[str, Any]:
    return {
        "stepId": "receive",
        "channelPath": "{$sourceDescriptions.events.url}#/channels/orders",
        "action": "receive",
        "outputs": {"ok": "$message.payload#/ok"},
        **fields,
    }


@pytest.mark.parametrize(
    ("fields", "ok"),
    [
        ({"correlationId": "$steps.send.outputs.id"}, True),
        ({"correlationId": "o-2"}, False),
        ({"successCriteria": [{"condition": "$message.payload#/ok == true"}]}, True),
        ({"successCriteria": [{"condition": "$message.payload#/ok == false"}]}, False),
    ],
)
def test_what_is_sent_is_received(tmp_path: Any, fields: dict[str, Any], ok: bool) -> None:
    """
    A message is received when its correlation id and the criteria agree, and its payload is an output.
    """
    played = Played(tmp_path, [workflow(SENT, received(timeout=50, **fields))], Arrived())
    ended = played.run({})
    assert ended.ok is ok
    assert ended.scope.steps["receive"] == ({"ok": True} if ok or "successCriteria" in fields else {})


def test_a_message_that_breaks_its_contract_fails_the_step(tmp_path: Any) -> None:
    """
    What comes over a channel must be one of its messages.
    """
    arrived = Arrived()
    played = Played(tmp_path, [workflow(step("a"), received(dependsOn=["a"]))], arrived)
    walk_all = arrived.all

    def later() -> list[Record]:
        return [*walk_all(), Record("orders.v1", None, b'{"ok": "yes"}')] if played.asked else []

    arrived.all = later  # type: ignore[method-assign]
    ended = played.run({})
    assert [failure.violation.pointer for _, failure in ended.failed] == ["/message/payload/ok"]


def test_a_message_counts_once(tmp_path: Any) -> None:
    """
    Two steps that receive need two messages.
    """
    again = {**received(timeout=10), "stepId": "again"}
    played = Played(tmp_path, [workflow(SENT, received(timeout=10), again)], Arrived())
    assert not played.run({}).ok


def test_without_kafka_messages_are_not_run(tmp_path: Any) -> None:
    """
    A step that needs a Kafka says so, with its place.
    """
    played = Played(tmp_path, [workflow(received())])
    with pytest.raises(NotRun) as told:
        played.run({})
    assert told.value.rule == "kafka"
    assert told.value.location.endswith("#/workflows/0/steps/0")
