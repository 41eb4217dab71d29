"""
Requests that keep the contract: its own examples, and made ones with everything and with only what is required.
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis_contracts import Operation
from aegis_verifier import checks
from aegis_verifier._maker import Maker, shown
from aegis_verifier._names import CURSORS, plain
from aegis_verifier._values import NOTHING, Case, Exchange, Failure, Open, Script
from aegis_verifier.cases.steps._arrangement import arrange, fresh


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    One case for each example of the request body, each recipe, and each example of an optional parameter.
    """
    for recipe in ("full", "minimal", "fixture"):
        if recipe == "fixture" and not maker.settings.fixtures.bodies.get(operation.key):
            continue

        def valid(recipe: str = recipe) -> Script:
            return _valid(maker, operation, recipe)

        said = {"full": "everything that the contract offers", "minimal": "only what is required"}
        yield Case(operation, "examples", recipe, f"takes {said.get(recipe, 'the given body')}", valid)
    media = maker.media(operation)
    for name, example in (media.examples if media is not None else {}).items():
        if example.has_value:

            def told(value: object = example.value) -> Script:
                return _example(maker, operation, value)

            yield Case(operation, "examples", f"example {name}", f"takes its example {name}", told)
    for parameter in operation.parameters:
        if plain(parameter.name) in CURSORS:
            continue  # an example of a cursor is none that this provider gave out
        for name, example in parameter.examples.items():
            if parameter.required or not example.has_value or parameter.location == "path":
                continue

            def asked(
                location: str = parameter.location, of: str = parameter.name, value: object = example.value
            ) -> Script:
                return _parameter(maker, operation, location, of, value)

            title = f"{parameter.location} {parameter.name} example {name}"
            yield Case(operation, "examples", title, f"takes the example {name} of {parameter.name}", asked)


def _valid(maker: Maker, operation: Operation, recipe: str) -> Script:
    found: list[Failure] = []
    status = 0
    for attempt in range(2):  # what was made may be taken already: then something else is made
        seed = f"examples/{recipe}/{attempt}"
        draft = yield from fresh(maker, operation, seed, recipe)
        exchange: Exchange = yield maker.request(draft)
        status = exchange.status
        found = checks.accepted(exchange)
        if exchange.succeeded:
            maker.takes(operation, recipe)
        if exchange.status != 409:
            break
    if not found and 400 <= status < 500:
        raise Open(f"{operation.key} refused it with {status}, which the contract declares")
    return found


def _example(maker: Maker, operation: Operation, value: object) -> Script:
    path = yield from arrange(maker, operation, f"examples/example/{shown(value)}")
    draft = maker.draft(operation, "examples/example", "example", path).with_body(value)
    if not maker.is_valid(draft):  # an example of what is refused
        return []
    exchange: Exchange = yield maker.request(draft)
    return checks.accepted(exchange, "the contract's own example")


def _parameter(maker: Maker, operation: Operation, location: str, name: str, value: object) -> Script:
    path = yield from arrange(maker, operation, f"examples/{name}/{value}")
    draft = maker.draft(operation, f"examples/{name}/{value}", "minimal", path).with_value(location, name, value)
    if draft.body is NOTHING and operation.request_body is not None:
        draft = maker.draft(operation, f"examples/{name}/{value}", "full", path).with_value(location, name, value)
    if not maker.is_valid(draft):
        return []
    exchange: Exchange = yield maker.request(draft)
    return checks.accepted(exchange, f"the contract's own example of {name}")
