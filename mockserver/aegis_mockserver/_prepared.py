"""
What every new world begins with, read from the command line's files and refused where it could have no effect.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aegis_contracts import Contract
from aegis_mockserver.core._provider import Provider
from aegis_mockserver.core._scenarios import Scenario, Scenarios, read_scenarios
from aegis_mockserver.world import Fault, World, read_fault
from aegis_mockserver.world._nearest import meant
from aegis_mockserver.world._seed import check_state, id_members, load_state
from aegis_shell import USAGE, CommandError


class Prepared:
    """
    Scenarios, seed data and faults.

    Raises:
        CommandError: a file cannot be read, or says what can have no effect.
    """

    def __init__(self, options: argparse.Namespace, contracts: Sequence[Contract]) -> None:
        keys = [operation.key for contract in contracts for operation in contract.all_operations()]
        self.faults = [_fault(text, keys) for text in options.faults]
        self.seeds = [(path, _seed(path)) for path in options.state]
        self.scenarios = _scenarios(options.scenarios, contracts)
        self._members: Mapping[str, str] = {}

    def check(self, site: Provider) -> None:
        """
        Refuse seed data that nothing of *site* reads.

        Raises:
            CommandError: there is some.
        """
        self._members = id_members(site.resources()) if self.seeds else {}
        for path, seed in self.seeds:
            try:
                check_state(seed, site.stores())
                load_state(World("trial"), seed, lambda: self._members)
            except ValueError as error:
                raise CommandError(f"--state {path}: {error}", USAGE) from None

    def __call__(self, world: World) -> None:
        self.scenarios.prepare(world)
        for _, seed in self.seeds:
            load_state(world, seed, lambda: self._members)
        for fault in self.faults:
            world.faults.add(fault)


def _fault(text: str, keys: Sequence[str]) -> Fault:
    try:
        fault = read_fault(json.loads(text))
    except json.JSONDecodeError:
        raise CommandError(f'--faults {text}: must be JSON, such as {{"latency": 0.2}}', USAGE) from None
    except ValueError as error:
        raise CommandError(f"--faults: {error}", USAGE) from None
    if fault.operation != "*" and fault.operation not in keys:
        raise CommandError(f"--faults: no operation {fault.operation!r}; {meant(fault.operation, keys)}", USAGE)
    return fault


def _seed(path: Path) -> dict[str, Any]:
    from aegis_contracts.documents._text import parse

    try:
        value = parse(path.read_bytes(), str(path))
    except OSError as error:
        raise CommandError(f"--state {path}: {error.strerror}", USAGE) from None
    if not isinstance(value, dict):
        raise CommandError(f"--state {path}: must be an object of stores", USAGE)
    try:
        check_state(value, None)
        load_state(World("trial"), value)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        said = str(error) if isinstance(error, ValueError) else "is neither stores of items nor a snapshot"
        raise CommandError(f"--state {path}: {said}", USAGE) from None
    return value


def _scenarios(paths: Iterable[Path], contracts: Sequence[Contract]) -> Scenarios:
    from aegis_contracts.documents._text import parse

    found: list[Scenario] = []
    for path in paths:
        operations = (operation for contract in contracts for operation in contract.all_operations())
        try:
            here = list(read_scenarios(parse(path.read_bytes(), str(path)), str(path), operations))
        except OSError as error:
            raise CommandError(f"--scenarios {path}: {error.strerror}", USAGE) from None
        if twice := {one.name for one in found} & {one.name for one in here}:
            raise CommandError(f"--scenarios {path}: there is a scenario {min(twice)!r} already", USAGE)
        found += here
    return Scenarios(found)
