"""
Webhooks: what the contracts say a provider calls, called when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from aegis_contracts import Contract, Operation
from aegis_mockserver.control._routes import Call, control
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.effects._callbacks import body_of
from aegis_mockserver.core.ports._callbacks import Callback
from aegis_mockserver.world._nearest import meant


@control.on("GET", "/webhooks", worldly=False)
def list_webhooks(call: Call) -> Answer:
    """
    List the webhooks of the contracts, with the body that each would have.

    Answers:
        200 {webhooks}: The webhooks.
    """
    listed = [
        {
            "contract": contract.title,
            "name": name,
            "method": operation.method,
            "summary": operation.summary or operation.item.node.get("summary", ""),
            "media_type": (made := body_of(operation, call.site.seed))[0],
            "body": made[1].decode("utf-8", "replace"),
        }
        for contract, name, operation in _webhooks(call)
    ]
    return Answer(200, {"webhooks": listed}, origin="control")


@control.on("POST", "/webhooks")
def send_webhook(call: Call) -> Answer | Problem:
    """
    Send a webhook, to this machine or to a host that --allow-callbacks names; the journal tells what was answered.

    Body:
        name: of the webhook.
        url: where to send it.
        contract: title of its contract; needed where two contracts have the name.
        body: instead of the contract's example; text is sent as it is, everything else as JSON.

    Answers:
        202 {name, method, url, media_type}: It is on its way.
        403: Nothing may be sent to that host.
        404: There is no such webhook.
        503: There is nobody who could send it: the mock runs inside of a program without an event loop.
    """
    given = call.members()
    name, url = given.get("name"), given.get("url")
    if not isinstance(name, str) or not isinstance(url, str):
        raise ValueError("name must be a webhook, and url where to send it")
    operation = next(
        (one for contract, n, one in _webhooks(call) if n == name and given.get("contract") in {None, contract.title}),
        None,
    )
    if operation is None:
        near = meant(name, (known for _, known, _ in _webhooks(call)))
        return Problem("no_such_webhook", 404, f"{near} GET /__mock__/webhooks lists the webhooks.")
    sender = call.site.callbacks
    if why := sender.refusal(url):
        return Problem("host_not_allowed", 403, f"{why[0].upper()}{why[1:]}.", "Nothing is sent there")
    if not sender.ready:
        return Problem("no_event_loop", 503, "Serve the mock on a socket to send webhooks.")
    media_type, content = body_of(operation, call.site.seed)
    if "body" in given:
        body = given["body"]
        content = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
    sender.send(Callback(name, operation.method, url, media_type or "application/json", content, call.world))
    told = {"name": name, "method": operation.method, "url": url, "media_type": media_type}
    return Answer(202, told, origin="control")


def _webhooks(call: Call) -> Iterator[tuple[Contract, str, Operation]]:
    for contract in call.site.contracts:
        for name, operations in contract.webhooks.items():
            for operation in operations:
                yield contract, name, operation
