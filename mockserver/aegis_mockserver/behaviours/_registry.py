"""
Which function speaks for which operation.

A behaviour is a plain function of the operation, the request as the contract reads it, and the world. It answers, or
refuses, or returns None: then inferred state and the contract's examples speak.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from types import ModuleType

from aegis_contracts import Contract, Operation
from aegis_mockserver.core.ports._speakers import Behave, Refuse


class Behaviours:
    """
    Behaviours by contract (its ``x-sdk`` package or its title) and operationId.

    The behaviours that come with the mock are modules ``behaviours/aegis/<package>.py`` with a table
    ``BEHAVIOURS: Mapping[operationId, Behave]``; they are imported when a contract of that package is first asked.
    A table ``REFUSALS: Mapping[operationId, Refuse]`` beside it says refusals of the core in a provider's own shapes.
    """

    def __init__(self) -> None:
        self._table: dict[tuple[str, str], Behave] = {}
        self._modules: dict[str, ModuleType | None] = {}

    def on(self, contract: str, operation_id: str) -> Callable[[Behave], Behave]:
        """
        Register the decorated function.
        """

        def register(behave: Behave) -> Behave:
            self._table[contract, operation_id] = behave
            return behave

        return register

    def add(self, contract: str, table: Mapping[str, Behave]) -> None:
        """
        Register a table of functions by operationId.
        """
        for operation_id, behave in table.items():
            self._table[contract, operation_id] = behave

    @property
    def registered(self) -> bool:
        """
        Say whether somebody registered a function.
        """
        return bool(self._table)

    def stores(self, contract: Contract) -> tuple[str, ...]:
        """
        Return the names of the stores that the behaviours of *contract* read, which come with the mock (``STORES``).
        """
        found: tuple[str, ...] = getattr(self._bundled(package_of(contract)), "STORES", ())
        return found

    def find(self, contract: Contract, operation: Operation) -> Behave | None:
        """
        Return what speaks for *operation*.
        """
        for name in (package_of(contract), contract.title):
            found = self._table.get((name, operation.key))
            if found is not None:
                return found
        package = package_of(contract)
        table: Mapping[str, Behave] = getattr(self._bundled(package), "BEHAVIOURS", {})
        return table.get(operation.key)

    def refusal(self, contract: Contract, operation: Operation) -> Refuse | None:
        """
        Return what says the refusals of *operation* in shapes that a problem detail is not.
        """
        table: Mapping[str, Refuse] = getattr(self._bundled(package_of(contract)), "REFUSALS", {})
        return table.get(operation.key)

    def _bundled(self, package: str) -> ModuleType | None:
        if package not in self._modules:
            self._modules[package] = _import(package) if package.isidentifier() else None
        return self._modules[package]


def package_of(contract: Contract) -> str:
    """
    Return the contract's ``x-sdk`` package, or nothing.
    """
    sdk = contract.extensions.get("x-sdk")
    return str(sdk.get("package", "")) if isinstance(sdk, dict) else ""


def _import(package: str) -> ModuleType | None:
    name = f"aegis_mockserver.behaviours.aegis.{package}"
    try:
        if importlib.util.find_spec(name) is None:
            return None
    except ModuleNotFoundError:
        return None
    return importlib.import_module(name)
