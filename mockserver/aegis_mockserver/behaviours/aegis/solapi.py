"""
Solapi: many texts in one call, some of which may be refused while the answer is 200.
"""
# ruff: noqa: ARG001 - a table of functions has one signature, whether or not each entry needs it all

from __future__ import annotations

from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.aegis._moments import SEOUL, Moment
from aegis_mockserver.behaviours.aegis._neighbours import valid_only
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.ports._speakers import Behave, Refuse
from aegis_mockserver.world import World
from aegis_mockserver.world._messages import Request

STORE = "solapi_groups"
NAMES = {"unauthorized": "InvalidAPIKey", "forbidden": "Forbidden", "too_many_requests": "TooManyRequests"}
STATUSES = frozenset({400, 401, 403, 429, 500})


def send(operation: Operation, reading: Reading, world: World) -> Answer:
    """
    Register the texts: they stand in the inbox, those that the contract's ``x-mock`` refuses in the answer.
    """
    refused = _refused(operation)
    failed: list[dict[str, Any]] = []
    messages = reading.body["messages"]
    for message in messages:
        told = refused.get(message["to"])
        if told is None:
            world.sms(message["to"], message["text"], sender=message["from"], variables={"type": message["type"]})
            continue
        about = {name: message[name] for name in ("to", "from", "type")}
        failed.append({**about, "statusCode": str(told["code"]), "statusMessage": str(told["message"])})
    groups = world.store(STORE)
    stamp = Moment.now(world).at.astimezone(SEOUL).strftime("%Y%m%d%H%M%S")
    group_id = f"G4V{stamp}{groups.next_number():015}"
    total = len(messages)
    count = {"total": total, "registeredSuccess": total - len(failed), "registeredFailed": len(failed)}
    answer = {"groupInfo": {"groupId": group_id, "count": count}, "failedMessageList": failed}
    groups.put(group_id, answer)
    return Answer(200, answer)


def refuse(operation: Operation, problem: Problem, request: Request) -> Answer | None:
    """
    Say a refusal of the core in Solapi's shape.
    """
    status = problem.status or 400
    if status not in STATUSES:
        return None
    body = {"errorCode": NAMES.get(problem.code, "ValidationError"), "errorMessage": problem.detail or problem.code}
    return Answer(status, body, dict(problem.headers), media_type="application/json", origin="problem")


def _refused(operation: Operation) -> dict[str, Any]:
    node = operation.contract.extensions.get("x-mock")
    entries = node.get("messages", ()) if isinstance(node, dict) else ()
    return {str(entry["to"]): entry for entry in entries}


STORES = (STORE,)
BEHAVIOURS: dict[str, Behave] = valid_only({"sendManyDetail": send})
REFUSALS: dict[str, Refuse] = {"sendManyDetail": refuse}
