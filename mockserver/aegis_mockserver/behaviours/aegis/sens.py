"""
SENS: one text for at most 100 recipients.
"""
# ruff: noqa: ARG001 - a table of functions has one signature, whether or not each entry needs it all

from __future__ import annotations

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.aegis._moments import SEOUL, Moment
from aegis_mockserver.behaviours.aegis._neighbours import valid_only
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.ports._speakers import Behave, Refuse
from aegis_mockserver.world import World
from aegis_mockserver.world._messages import Request

STORE = "sens_requests"
STATUSES = frozenset({400, 401, 403, 404, 429, 500})


def send(operation: Operation, reading: Reading, world: World) -> Answer:
    """
    Take the request: each recipient's text stands in the inbox.
    """
    body = reading.body
    for recipient in body["messages"]:
        world.sms(recipient["to"], body["content"], sender=body["from"], variables={"type": body["type"]})
    requests = world.store(STORE)
    request_id = f"VORSSA-{requests.next_number():010}"
    at = Moment.now(world).at.astimezone(SEOUL).replace(tzinfo=None).isoformat(timespec="milliseconds")
    answer = {"requestId": request_id, "requestTime": at, "statusCode": "202", "statusName": "success"}
    requests.put(request_id, answer)
    return Answer(202, answer)


def refuse(operation: Operation, problem: Problem, request: Request) -> Answer | None:
    """
    Say a refusal of the core in the shape of SENS's API gateway.
    """
    status = problem.status or 400
    if status not in STATUSES:
        return None
    said = {"errorCode": str(status), "message": problem.code, "details": problem.detail or problem.code}
    return Answer(status, {"error": said}, dict(problem.headers), media_type="application/json", origin="problem")


STORES = (STORE,)
BEHAVIOURS: dict[str, Behave] = valid_only({"sendSensMessages": send})
REFUSALS: dict[str, Refuse] = {"sendSensMessages": refuse}
