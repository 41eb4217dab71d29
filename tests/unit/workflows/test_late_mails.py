"""
Mails that come late, or in another order than they were asked for: a step gets the one that its cause has sent.

Nothing here is a matter of time: a mail is shown when the provider has had so many requests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import bundled
from aegis_mockserver import open_site
from aegis_mockserver.adapters.asgi import asgi_app
from aegis_verifier import AsgiTransport, Credentials, Run, Settings, run
from aegis_verifier.workflows import Workflows
from tests.unit.verifier.faults.events import Topics
from tests.unit.verifier.provider import SiteInbox

FOLDER = bundled() / "openapi" / "workflows"
PATIENCE = 0.6
REQUESTED = "email-verifications|password-resets"  # the second mail is asked for
EMAIL, PASSWORD = "email-verification.arazzo.yaml", "password-reset.arazzo.yaml"
ASKED = {EMAIL: 1, PASSWORD: 2}  # the second of these requests is the one that sends a mail
CONFIRMED = "/confirm"  # a token was tried


class Post:
    """
    The inbox of a provider whose mails are shown when enough requests of a kind have come.

    Args:
        shown: for each mail in the order in which it was sent, the end of a path and how often it must have been asked.
        order: in which those that are shown come to lie.
    """

    def __init__(self, inbox: SiteInbox, shown: list[tuple[str, int]], order: list[int]) -> None:
        self.asked: list[str] = []
        self._inbox = inbox
        self._shown = shown
        self._order = order

    def texts(self, to: str) -> list[str]:
        """
        Return what has arrived so far.
        """
        sent = self._inbox.texts(to)
        arrived = [index for index in range(len(sent)) if self._arrived(index)]
        return [sent[index] for index in sorted(arrived, key=self._place)]

    def _arrived(self, index: int) -> bool:
        if index >= len(self._shown):
            return True
        ends, number = self._shown[index]
        return sum(path.endswith(tuple(ends.split("|"))) for path in self.asked) >= number

    def _place(self, index: int) -> int:
        return self._order.index(index) if index in self._order else index

    def around(self, app: Any) -> Any:
        """
        Count the requests that an application gets.
        """

        async def counting(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                self.asked.append(scope["path"])
            await app(scope, receive, send)

        return counting


ARRIVALS = [
    "at once",
    "the first comes after the second was asked for",
    "the second comes after the first was refused",
    "the first lies above the second",
    "the first comes never",
]


def arriving(arrival: str, file: str = PASSWORD) -> tuple[list[tuple[str, int]], list[int]]:
    """
    When the mail of registration and the one that is asked for later are shown, and in which order they lie.
    """
    asked = (REQUESTED, ASKED[file])
    match arrival:
        case "at once":
            return [("", 0), ("", 0)], [0, 1]
        case "the first comes after the second was asked for":
            return [asked, asked], [0, 1]
        case "the second comes after the first was refused":
            return [asked, (CONFIRMED, 1)], [0, 1]
        case "the first lies above the second":
            return [asked, asked], [1, 0]
        case _:
            return [(REQUESTED, 99), asked], [1, 0]


def played(
    file: Path | str, shown: list[tuple[str, int]], order: list[int], app: Callable[[Any], Any] = lambda app: app
) -> tuple[Run, Post]:
    """
    Run a document against a mock whose mails arrive so.
    """
    site = open_site()
    topics: Any = Topics(site.worlds.default, lambda record: [record])
    post = Post(SiteInbox(site), shown, order)
    transport = AsgiTransport(post.around(app(asgi_app(site))))
    settings = Settings(
        seed="1", timeout=5.0, credentials=Credentials({"": "token"}), inbox=post, owned=True, patience=PATIENCE
    )
    try:
        return run([], transport, settings, records=topics, workflows=Workflows([str(file)])), post
    finally:
        transport.close()


def told(result: Run) -> list[Any]:
    """
    What did not hold.
    """
    return [
        (one.case.name, one.open, [str(failure.violation) for failure in one.failures])
        for one in result.outcomes
        if one.verdict != "held"
    ]


@pytest.mark.parametrize("arrival", ARRIVALS)
@pytest.mark.parametrize("file", [EMAIL, PASSWORD])
def test_the_mail_of_the_cause_is_found(file: str, arrival: str) -> None:
    """
    Whenever the mail of registration comes, the step that confirms gets the token that was asked for after it.
    """
    result, _ = played(FOLDER / file, *arriving(arrival, file))
    assert told(result) == []


def changed(folder: Path, change: Callable[[list[dict[str, Any]]], None]) -> Path:
    """
    Write the document of password reset with its steps changed, and all that it refers to beside it.
    """
    import yaml

    document = yaml.safe_load((FOLDER / PASSWORD).read_text())
    (workflow,) = document["workflows"]
    change(workflow["steps"])
    text = json.dumps(document).replace("../", f"{FOLDER.parent}/").replace("./registration", f"{FOLDER}/registration")
    path = folder / "changed.arazzo.json"
    path.write_text(text)
    return path


def at(steps: list[dict[str, Any]], name: str) -> int:
    """
    Where a step stands.
    """
    return next(index for index, step in enumerate(steps) if step["stepId"] == name)


READ = {
    "stepId": "meanwhile",
    "operationId": "$sourceDescriptions.user.getUser",
    "parameters": [{"name": "user_id", "in": "path", "value": "$steps.register.outputs.userId"}],
}
RENAMED = {
    "stepId": "meanwhile",
    "operationId": "$sourceDescriptions.user.updateUser",
    "parameters": READ["parameters"],
    "requestBody": {"contentType": "application/merge-patch+json", "payload": {"business_name": "새이름상사"}},
}


@pytest.mark.parametrize("step", [READ, RENAMED], ids=["a read", "a write"])
@pytest.mark.parametrize("arrival", ARRIVALS)
def test_steps_may_stand_between_cause_and_message(step: dict[str, Any], arrival: str, tmp_path: Path) -> None:
    """
    The message may have come long before the step that waits for it: what counts is who asked for it.
    """
    file = changed(tmp_path, lambda steps: steps.insert(at(steps, "confirm"), step))
    result, _ = played(file, *arriving(arrival))
    assert told(result) == []


def test_the_message_of_a_cause_that_no_name_tells(tmp_path: Path) -> None:
    """
    Where neither ``dependsOn`` nor a path tells who sends a message, an older one is found, too.
    """

    def change(steps: list[dict[str, Any]]) -> None:
        del steps[at(steps, "requestForStranger") :]
        confirm = {
            "stepId": "confirm",
            "x-inbox": {"to": "$inputs.user#/email"},
            "operationId": "$sourceDescriptions.user.confirmEmailVerification",
            "requestBody": {"contentType": "application/json", "payload": {"token": "$message.payload#/token"}},
        }
        steps.extend([RENAMED, confirm])

    result, _ = played(changed(tmp_path, change), [("", 0)], [0])
    assert told(result) == []


def test_a_mail_that_nobody_sends_is_missed() -> None:
    """
    The late mail of registration does not stand in for one that is never sent, and the provider is not asked for ever.
    """
    result, post = played(FOLDER / PASSWORD, [(REQUESTED, 2), (REQUESTED, 99)], [0, 1])
    assert [outcome.case.name for outcome in result.outcomes if outcome.verdict == "broken"] == ["confirm"]
    assert sum(path.endswith(CONFIRMED) for path in post.asked) == 1


def test_a_provider_that_refuses_everything_is_asked_a_few_times(tmp_path: Path) -> None:
    """
    Each thing that a message brings is tried once, and the step fails with the refusal.
    """

    def refusing(app: Any) -> Any:
        async def refuse(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http" or not scope["path"].endswith(CONFIRMED):
                await app(scope, receive, send)
                return
            problem = {"type": "about:blank", "title": "Not Found", "status": 404, "code": "token_not_found"}
            headers = [(b"content-type", b"application/problem+json")]
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": json.dumps(problem).encode()})

        return refuse

    result, post = played(FOLDER / PASSWORD, *arriving("at once"), refusing)
    (broken,) = [outcome for outcome in result.outcomes if outcome.case.name == "confirm"]
    assert broken.verdict == "broken"
    assert broken.failures[0].violation.rule == "criterion"
    tried = [path for path in post.asked if path.endswith(CONFIRMED)]
    assert 1 <= len(tried) <= 6


@pytest.mark.parametrize("node", ["$inputs.user#/email", {"to": "$inputs.user#/email", "within": 5}, {}])
def test_an_inbox_that_cannot_be_read_is_refused(node: Any, tmp_path: Path) -> None:
    """
    What ``x-inbox`` does not know is said, not passed over.
    """
    file = changed(tmp_path, lambda steps: steps[at(steps, "confirm")].update({"x-inbox": node}))
    result, _ = played(file, *arriving("at once"))
    assert any("[inbox]" in outcome.open and "#/workflows/0/steps/3" in outcome.open for outcome in result.outcomes)


def test_an_inbox_at_a_step_without_a_request_is_refused(tmp_path: Path) -> None:
    """
    A step that runs a workflow asks for nothing itself, so it can wait for no message.
    """
    file = changed(tmp_path, lambda steps: steps[0].update({"x-inbox": {"to": "$inputs.user#/email"}}))
    result, _ = played(file, *arriving("at once"))
    assert any("[inbox]" in outcome.open for outcome in result.outcomes)
