"""
The scenarios of the site, and where the world is in them.
"""

from __future__ import annotations

from typing import Any

from aegis_mockserver.control._routes import Call, control
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._scenarios import SETTING, Scenario
from aegis_mockserver.world._nearest import meant


@control.on("GET", "/scenarios")
def list_scenarios(call: Call) -> Answer:
    """
    List the scenarios, and how many answers of each the world has had.

    Answers:
        200 {scenarios}: The scenarios; position is null where one is not running.
    """
    return Answer(200, {"scenarios": [_told(call, one) for one in call.site.scenarios]}, origin="control")


@control.on("POST", "/scenarios/{name}")
def start_scenario(call: Call) -> Answer | Problem:
    """
    Start a scenario from its first answer.

    Answers:
        200 {name, operation, position, answers}: The scenario.
        404: There is no such scenario.
    """
    scenario = _find(call)
    if isinstance(scenario, Problem):
        return scenario
    call.site.scenarios.start(call.world, scenario.name)
    return Answer(200, _told(call, scenario), origin="control")


@control.on("DELETE", "/scenarios/{name}")
def stop_scenario(call: Call) -> Answer | Problem:
    """
    Stop a scenario: its operation gives its real answers again.

    Answers:
        204: It is not running.
        404: There is no such scenario.
    """
    scenario = _find(call)
    if isinstance(scenario, Problem):
        return scenario
    call.site.scenarios.stop(call.world, scenario.name)
    return Answer(204, origin="control")


def _find(call: Call) -> Scenario | Problem:
    for scenario in call.site.scenarios:
        if scenario.name == call.values["name"]:
            return scenario
    near = meant(call.values["name"], (scenario.name for scenario in call.site.scenarios))
    detail = f"{near} GET /__mock__/scenarios lists them; --scenarios FILE brings some."
    return Problem("no_such_scenario", 404, detail)


def _told(call: Call, scenario: Scenario) -> dict[str, Any]:
    positions: dict[str, int] = call.world.settings.get(SETTING, {})
    answers: list[dict[str, Any]] = [
        {"status": step.status or None, "example": step.example, "real": not step.status} for step in scenario.answers
    ]
    return {
        "name": scenario.name,
        "operation": scenario.operation,
        "then": scenario.then,
        "position": positions.get(scenario.name),
        "answers": answers,
    }
