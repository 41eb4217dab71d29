"""
What is going to happen in a world: its time, its faults, the health of what the service depends on.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from aegis_mockserver.control._routes import Call, control
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import Clock, read_fault
from aegis_mockserver.world.faults import described

CHECKS = "failing_checks"  # the setting that behaviours of health operations read
FURTHEST = 366 * 24 * 60 * 60 * 1_000


@control.on("GET", "/clock")
def get_clock(call: Call) -> Answer:
    """
    Read the world's time.

    Answers:
        200 {now, frozen, offset}: The time, and how far it is from the machine's in seconds.
    """
    return _time(call.world.clock)


@control.on("POST", "/clock")
def move_clock(call: Call) -> Answer:
    """
    Set or advance the world's time, so that tokens and codes expire without waiting.

    Body:
        set: a point in time (RFC 3339) from which the clock runs on; without offset it is UTC.
        advance_seconds: how far to go forward, or back if negative; after set, when both are there.
        frozen: true lets the clock stand still, false lets it run again.
        reset: true follows the machine's clock again, before anything else.

    Answers:
        200 {now, frozen, offset}: The time as it is now.
    """
    given = call.members()
    if not given:
        raise ValueError("say what is to happen to the time: set, advance_seconds, frozen or reset")
    moment, step = _moment(given.get("set")), _step(given.get("advance_seconds", 0))
    clock = call.world.clock
    frozen = given.get("frozen", clock.state["frozen"] is not None)
    if not isinstance(frozen, bool):
        raise ValueError("frozen must be true or false")
    if given.get("reset") is True:
        clock.reset()
    try:
        target = (moment or clock.now()) + step
        clock.set(target, frozen=frozen) if moment or "frozen" in given else clock.advance(step)
        clock.text()
    except (OverflowError, ValueError, OSError):
        clock.reset()
        raise ValueError("the clock cannot go there; it follows the machine's clock again") from None
    call.world.version += 1  # kept answers may tell the time
    return _time(clock)


@control.on("GET", "/faults")
def list_faults(call: Call) -> Answer:
    """
    List the faults.

    Answers:
        200 {faults}: The faults; calls are those that it did something to.
    """
    return Answer(200, {"faults": [fault.as_value() for fault in call.world.faults.active]}, origin="control")


@control.on("GET", "/faults/kinds", worldly=False)
def list_kinds(call: Call) -> Answer:
    """
    Describe the kinds of faults, and what each can be told.

    Answers:
        200 {kinds, members}: The kinds, as a form needs them, and what each member does.
    """
    del call
    return Answer(200, described(), origin="control")


@control.on("POST", "/faults", body=lambda: described()["members"])
def add_fault(call: Call) -> Answer:
    """
    Switch a fault on, beside those that are on already; several act on one call.

    Answers:
        201 {operation, number, calls}: The fault as it is understood.
    """
    fault = read_fault(call.json())
    call.knows_operation(fault.operation)
    return Answer(201, call.world.faults.add(fault).as_value(), origin="control")


@control.on("DELETE", "/faults")
def clear_faults(call: Call) -> Answer:
    """
    Switch faults off.

    Query:
        operation: only those of this operation.

    Answers:
        204: They are off.
    """
    operation = call.query.get("operation")
    if operation is not None:
        call.knows_operation(operation)
    call.world.faults.clear(operation)
    return Answer(204, origin="control")


@control.on("DELETE", "/faults/{number}")
def remove_fault(call: Call) -> Answer | Problem:
    """
    Switch one fault off.

    Answers:
        204: It is off.
        404: There is no such fault.
    """
    text = call.values["number"]
    if text.isdecimal() and len(text) < 16 and call.world.faults.remove(int(text)):
        return Answer(204, origin="control")
    return Problem("no_such_fault", 404, "GET /__mock__/faults lists the faults of this world.")


@control.on("GET", "/checks")
def get_checks(call: Call) -> Answer:
    """
    Read which checks of the service's health fail, and why.

    Answers:
        200 {failing}: Why each check fails.
    """
    return Answer(200, {"failing": call.world.settings.get(CHECKS, {})}, origin="control")


@control.on("POST", "/checks")
def set_checks(call: Call) -> Answer | Problem:
    """
    Make checks of the service's health fail, {"kafka": "no broker is reachable"}, or null to heal them.

    Body:
        *: why a check fails, or null to heal it.

    Answers:
        200 {failing}: Why each check fails now.
    """
    given: dict[str, Any] = call.members()
    if not all(reason is None or (isinstance(reason, str) and reason.strip()) for reason in given.values()):
        raise ValueError("each check must be why it fails, or null to heal it")
    failing = {**call.world.settings.get(CHECKS, {}), **given}
    call.world.settings[CHECKS] = {name: reason for name, reason in failing.items() if reason is not None}
    call.world.version += 1
    return get_checks(call)


def _time(clock: Clock) -> Answer:
    frozen = clock.state["frozen"] is not None
    return Answer(200, {"now": clock.text(), "frozen": frozen, "offset": clock.state["offset"]}, origin="control")


def _moment(given: object) -> datetime | None:
    if given is None:
        return None
    try:
        return datetime.fromisoformat(str(given))
    except ValueError:
        raise ValueError("set must be a point in time, such as 2026-11-22T05:20:31Z") from None


def _step(given: object) -> timedelta:
    seconds = given if isinstance(given, int | float) and not isinstance(given, bool) else math.nan
    if not abs(seconds) < FURTHEST:
        raise ValueError("advance_seconds must be a number of seconds")
    return timedelta(seconds=seconds)
