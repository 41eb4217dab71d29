"""
Tasks: what an operation answers with that is done later (202), where it can be read how far it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from aegis_contracts import Operation
from aegis_mockserver.behaviours.resources._bodies import answer_of
from aegis_mockserver.behaviours.resources._envelopes import item_at
from aegis_mockserver.behaviours.resources._names import plain, singular_of
from aegis_mockserver.behaviours.resources._resource import Resource, Steps, Use
from aegis_mockserver.behaviours.resources._shapes import Shape

STATES = frozenset({"status", "state", "phase", "done", "complete", "completed", "finished", "isdone", "progress",
                    "percentcomplete", "jobstatus", "taskstatus", "operationstatus", "provisioningstate"})  # fmt: skip
ADDRESSES = ("operation-location", "azure-asyncoperation", "location", "content-location")
NOUNS = frozenset({"operation", "job", "task", "longrunningoperation", "asyncoperation", "asyncjob", "asynctask",
                    "operationstatus", "jobstatus", "taskstatus"})  # fmt: skip
_WRITES = frozenset({"create", "create many", "update many", "delete many", "replace", "update", "delete", "act"})


class Task(NamedTuple):
    """
    The task that an operation answers with.

    Args:
        resource: where it is read.
        steps: where in the operation's own answer it is.
        header: which header has its address; empty where none has.
    """

    resource: Resource
    steps: Steps
    header: str


def task_of(
    operation: Operation, use: Use, resource: Resource, candidates: Iterable[tuple[Resource, Shape]]
) -> Task | None:
    """
    Find the task that an operation starts; None where it answers for itself.

    Args:
        candidates: the contract's resources with an address, each with its item.
    """
    status = next((code for code in ("200", "201", "202", "204") if code in operation.responses), "")
    answer = answer_of(operation)
    headers = {name.lower() for name in operation.responses[status].headers} if status else set[str]()
    if use.action not in _WRITES or (answer is None and status != "202"):
        return None
    header = next((name for name in ADDRESSES if name in headers), "")
    for other, item in candidates:
        if other.store == resource.store or not STATES & {plain(name) for name in item.properties}:
            continue
        called = plain(singular_of(other.noun)) in NOUNS
        if answer is None:
            if called and header:
                return Task(other, (), header)
            continue
        steps = item_at(answer, other.identity.names, other.noun, item.properties)
        if (status == "202" or called) and item.node == answer.at(steps).node:
            return Task(other, steps, header)
    return None
