"""
Scenarios: named rows of answers, beside the contract and checked against it when they are loaded.

```yaml
scenarios:
  - name: registry-recovers
    operation: validateBusinesses
    then: stay            # after the last answer: stay (default), repeat, or end
    active: true          # from the start; else the control API starts it
    answers:
      - {status: 503, example: registry_unavailable, headers: {Retry-After: "1"}}
      - {status: 200, body: {status_code: OK}}
      - real              # what would be answered without the scenario
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from aegis_contracts import ContractError, Finding, Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.core._messages import NO_BODY, Answer, Problem
from aegis_mockserver.core._route import Routed
from aegis_mockserver.core.contents._prefer import Preference
from aegis_mockserver.world import World
from aegis_mockserver.world._nearest import meant

Then = Literal["stay", "repeat", "end"]
SETTING = "scenarios"
_MEMBERS = ("name", "operation", "answers", "then", "active", "description")
_STEP = ("status", "example", "body", "headers")


@dataclass(frozen=True, slots=True)
class Step:
    """
    One answer of a scenario; without a status it is the real one.
    """

    status: int = 0
    example: str | None = None
    body: Any = NO_BODY
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    A named row of answers of one operation.
    """

    name: str
    operation: str
    answers: tuple[Step, ...]
    then: Then
    active: bool


class Scenarios:
    """
    The scenarios of a site, and where each world is in them.
    """

    def __init__(self, scenarios: Iterable[Scenario] = ()) -> None:
        self._by_name = {scenario.name: scenario for scenario in scenarios}
        self.any = bool(self._by_name)  # asked for every request

    def __iter__(self) -> Iterator[Scenario]:
        return iter(self._by_name.values())

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def start(self, world: World, name: str) -> Scenario:
        """
        Start a scenario in a world, from its first answer.

        Raises:
            ValueError: there is no such scenario.
        """
        if name not in self._by_name:
            raise ValueError(f"no scenario {name!r}; {meant(name, self._by_name)}")
        positions: dict[str, int] = world.settings.setdefault(SETTING, {})
        positions[name] = 0
        world.version += 1
        return self._by_name[name]

    def stop(self, world: World, name: str) -> None:
        """
        Stop a scenario in a world.
        """
        world.settings.get(SETTING, {}).pop(name, None)
        world.version += 1

    def prepare(self, world: World) -> None:
        """
        Start what is active from the start.
        """
        for scenario in self._by_name.values():
            if scenario.active:
                self.start(world, scenario.name)

    def next(self, world: World, routed: Routed, reading: Reading) -> Answer | Problem | None:
        """
        Return the next answer of a running scenario for this operation; None where the real answer is meant.
        """
        step = self.advance(world, routed.operation.key)
        return _said(step, routed, reading) if step is not None and step.status else None

    def due(self, world: World, operation: str) -> Step | None:
        """
        Return the step that a running scenario of *operation* comes to next; None where none is running.
        """
        running = self._running(world, operation)
        return self._step(*running) if running is not None else None

    def advance(self, world: World, operation: str) -> Step | None:
        """
        Take the next step of a running scenario of *operation*; None where there is none.
        """
        running = self._running(world, operation)
        if running is None:
            return None
        scenario, position = running
        world.settings[SETTING][scenario.name] = position + 1
        world.version += 1
        return self._step(scenario, position)

    def _running(self, world: World, operation: str) -> tuple[Scenario, int] | None:
        positions: dict[str, int] = world.settings.get(SETTING, {})
        for name, position in positions.items():
            scenario = self._by_name.get(name)
            if scenario is not None and scenario.operation == operation:
                return scenario, position
        return None

    @staticmethod
    def _step(scenario: Scenario, position: int) -> Step | None:
        answers = scenario.answers
        if position < len(answers):
            return answers[position]
        match scenario.then:
            case "stay":
                return answers[-1]
            case "repeat":
                return answers[position % len(answers)]
            case "end":
                return None


def _said(step: Step, routed: Routed, reading: Reading) -> Answer | Problem:
    if step.body is not NO_BODY:
        return Answer(step.status, step.body, dict(step.headers), origin="scenario")
    choice = Preference(step.status, step.example, by_header=False)
    said = routed.operation.answers.preferred(choice, routed.accept, routed.seed, reading.path)
    if isinstance(said, Answer):
        said.headers.update(step.headers)
        said.origin = "scenario"
    return said


def read_scenarios(data: Any, source: str, operations: Iterable[Operation]) -> Scenarios:
    """
    Read scenarios and check them against the operations that there are.

    Raises:
        ContractError: something in them is not what the contract allows.
    """
    found: list[Finding] = []
    scenarios: list[Scenario] = []
    entries = cast("Mapping[str, Any]", data).get("scenarios") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise ContractError((_finding(source, "", "must have a list scenarios"),))
    by_key = {operation.key: operation for operation in operations}
    for index, entry in enumerate(entries):
        pointer = f"/scenarios/{index}"
        try:
            scenario = _scenario(entry)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            found.append(_finding(source, pointer, f"is no scenario: {error}"))
            continue
        operation = by_key.get(scenario.operation)
        if operation is None:
            said = f"no contract has an operation {scenario.operation}; {meant(scenario.operation, by_key)}"
            found.append(_finding(source, f"{pointer}/operation", said))
            continue
        if clash := _clash(scenario, scenarios):
            found.append(_finding(source, pointer, clash))
            continue
        scenarios.append(scenario)
        for number, step in enumerate(scenario.answers):
            if wrong := _wrong(step, operation):
                found.append(_finding(source, f"{pointer}/answers/{number}", wrong))
    if found:
        raise ContractError(tuple(found))
    return Scenarios(scenarios)


def _clash(scenario: Scenario, others: Iterable[Scenario]) -> str:
    for other in others:
        if other.name == scenario.name:
            return f"there is a scenario {scenario.name!r} already"
        if other.active and scenario.active and other.operation == scenario.operation:
            return f"{other.name!r} answers {scenario.operation} from the start: only one scenario can"
    return ""


def _scenario(entry: Mapping[str, Any]) -> Scenario:
    for name in entry:
        if name not in _MEMBERS:
            raise ValueError(f"unknown member {name!r}; {meant(str(name), _MEMBERS)}")
    active = entry.get("active", False)
    if not isinstance(active, bool):
        raise ValueError("active must be true or false")
    then = entry.get("then", "stay")
    if then not in {"stay", "repeat", "end"}:
        raise ValueError("then must be stay, repeat or end")
    steps = tuple(_read_step(step) for step in entry["answers"])
    if not steps:
        raise ValueError("answers must not be empty")
    return Scenario(str(entry["name"]), str(entry["operation"]), steps, then, active)


def _read_step(step: Any) -> Step:
    if step == "real":
        return Step()
    for name in step:
        if name not in _STEP:
            raise ValueError(f"unknown member {name!r} of an answer; {meant(str(name), _STEP)}")
    if "example" in step and "body" in step:
        raise ValueError("an answer must have an example or a body, not both")
    if not 200 <= int(step["status"]) <= 599:
        raise ValueError("the status of an answer must be 200 to 599")
    headers = tuple((str(name), str(value)) for name, value in step.get("headers", {}).items())
    return Step(int(step["status"]), step.get("example"), step.get("body", NO_BODY), headers)


def _wrong(step: Step, operation: Operation) -> str | None:
    if not step.status:
        return None
    response = operation.response(step.status)
    if response is None:
        return f"{operation.key} does not declare the status {step.status}"
    if step.example is not None and not any(step.example in media.examples for media in response.content.values()):
        return f"{operation.key} has no example {step.example} for {step.status}"
    if step.body is not NO_BODY and response.content:
        schema = next(iter(response.content.values())).schema
        violations = schema.violations(step.body, "response", "/body") if schema is not None else []
        if violations:
            return f"the body breaks the contract: {violations[0]}"
    return None


def _finding(source: str, pointer: str, message: str) -> Finding:
    return Finding(source, 0, 0, pointer, "scenario", message, "write what the contract allows, or drop the step")
