"""
The journey of a request, a file for each step:
route → authenticate → validate → negotiate → behave → check → serialise.
"""

from __future__ import annotations

from dataclasses import dataclass

from aegis_contracts import Violation
from aegis_contracts.exchange import Reading
from aegis_mockserver.core._authenticate import authenticate
from aegis_mockserver.core._behave import behave
from aegis_mockserver.core._check import check, failed, plain
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._negotiate import magic, negotiate, preferred, stream
from aegis_mockserver.core._route import Routed, route
from aegis_mockserver.core._rules import Rules
from aegis_mockserver.core._serialise import serialise
from aegis_mockserver.core._validate import validate
from aegis_mockserver.core.effects._causes import cause
from aegis_mockserver.core.effects._faults import faulty, strike
from aegis_mockserver.world import World
from aegis_mockserver.world._messages import Reply, Request
from aegis_mockserver.world.faults import Met

NONE: tuple[Violation, ...] = ()


@dataclass(slots=True)
class Decision:
    """
    What is said to a request, and what was found about it on the way.
    """

    said: Answer | Problem
    violations: tuple[Violation, ...] = ()
    reading: Reading | None = None


def respond(rules: Rules, world: World, request: Request, started: float) -> Reply:
    """
    Answer *request* the way the contract says a provider would, and note the exchange in the world's journal.

    Args:
        started: the machine's time when the request came.
    """
    machine, met = rules.machine, None
    routed = route(rules.routes, request)
    if isinstance(routed, Problem):
        title, key, violations, checked = "", "", NONE, plain(routed, request.path)
    else:
        operation = routed.operation
        title, key = operation.title, operation.key
        try:
            met = strike(operation, world)
            decision = decide(rules, world, routed, met)
            if operation.causes and decision.reading is not None and isinstance(decision.said, Answer):
                cause(rules, world, routed, decision.reading, decision.said)
            violations = decision.violations
            checked = check(routed, decision.said, violations, machine, rules.scheme)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is our bug: say so loudly, and stay alive
            violations, checked = NONE, failed(machine, request, key, error)
    reply = serialise(checked, request, cors=rules.cors)
    if met is not None:
        reply.disturbance = met.sent(reply)
    request.slim()
    seconds = machine.seconds() - started
    world.record(seconds, request, reply, title, key, checked.origin, violations, checked.violations)
    return reply


def decide(rules: Rules, world: World, routed: Routed, met: Met | None = None) -> Decision:
    """
    Go through the steps until one of them has an answer.
    """
    if met is not None and met.effect.status:
        return Decision(faulty(routed.operation, met.effect))
    wish = preferred(routed)
    if wish is not None and wish.refuses and (said := negotiate(routed, wish)) is not None:
        return Decision(said)  # a refusal that is asked for needs no valid request
    caller = authenticate(routed, rules.validate)
    if caller.refusal is not None:
        return Decision(caller.refusal, caller.violations)
    validated = validate(routed, rules.validate, rules.absent)
    if isinstance(validated, Problem):
        return Decision(validated, caller.violations)
    reading, violations = validated.reading, caller.violations + validated.violations
    wish = wish or magic(routed, reading)
    if wish is not None and wish.refuses and (said := negotiate(routed, wish, reading)) is not None:
        return Decision(said, caller.violations, reading)
    if validated.refusal is not None:
        return Decision(validated.refusal, violations, reading)
    stream(routed, reading)
    said = negotiate(routed, wish, reading)
    if said is None:
        said = behave(rules, world, routed, reading, caller.credential, met.effect.delay if met is not None else 0.0)
    return Decision(said, violations, reading)
