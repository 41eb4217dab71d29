"""
Reading what older writers wrote: completing messages as the contract allows, and bringing them to a newer version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aegis_contracts.events import look
from aegis_sdk._generated.events import EventInfo, Model, ReadRule
from aegis_sdk.errors import ConfigurationError

__all__ = ["Upcaster", "Upcasters", "completed"]

Upcaster = Callable[[dict[str, Any]], Mapping[str, Any]]

_NAIVE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?\Z", re.ASCII)
_ABSENT: Any = object()


def completed(instance: Mapping[str, Any], rules: Iterable[ReadRule]) -> dict[str, Any]:
    """
    Complete *instance* by *rules*, as a copy; what cannot be completed stays as it is, for the verdict to name.
    """
    complete = dict(instance)
    for rule in rules:
        owner, name = _owner(complete, rule.pointer)
        if owner is None:
            continue
        value = owner.get(name, _ABSENT)
        if rule.kind == "naive":
            if isinstance(value, str) and _NAIVE.match(value):
                owner[name] = f"{value}Z"
        elif value is _ABSENT:
            given = look(complete, rule.origin, _ABSENT) if rule.origin else rule.value
            if given is not _ABSENT:
                owner[name] = given
    return complete


def _owner(instance: dict[str, Any], pointer: str) -> tuple[dict[str, Any] | None, str]:
    """
    Find the object that holds *pointer*'s last step, copying every object on the way.
    """
    *steps, name = pointer.split("/")[1:]
    owner = instance
    for step in steps:
        inner: Any = owner.get(step)
        if not isinstance(inner, dict):
            return None, name
        copied: dict[str, Any] = {**inner}
        owner[step] = copied
        owner = copied
    return owner, name


class Upcasters:
    """
    Functions that turn an event of one version into one of the next.

    Args:
        event_types: every declared event type.
    """

    def __init__(self, event_types: Iterable[EventInfo]) -> None:
        self._infos = {info.model: info for info in event_types}
        self._steps: dict[type[Model], tuple[EventInfo, Upcaster]] = {}

    def add(self, source: type[Model], target: type[Model], upcaster: Upcaster) -> None:
        """
        Register *upcaster* from one version to the next.

        Raises:
            ConfigurationError: the two are not neighbouring versions of one event type, or there is one already.
        """
        known = self._infos
        for model in (source, target):
            if model not in known:
                raise ConfigurationError(f"{model.__name__} is no event model of the contracts")
        old, new = known[source], known[target]
        versions = sorted(info.version for info in known.values() if info.name == old.name)
        following = next((version for version in versions if version > old.version), None)
        if old.name != new.name or new.version != following:
            wanted = f"{old.name}.v{following}" if following else "nothing: it is the newest"
            raise ConfigurationError(f"an upcaster from {old.id} leads to {wanted}, not to {new.id}")
        if source in self._steps:
            raise ConfigurationError(f"{old.id} has an upcaster already")
        self._steps[source] = (new, upcaster)

    def step(self, source: type[Model]) -> tuple[EventInfo, Upcaster] | None:
        """
        The next version of *source*, and the function that leads there.
        """
        return self._steps.get(source)

    def read_as(self, source: type[Model]) -> tuple[type[Model], str] | None:
        """
        What events of *source* are always read as, and the name of the first function that makes it so.
        """
        step = self._steps.get(source)
        if step is None:
            return None
        name = getattr(step[1], "__qualname__", repr(step[1]))
        target = step[0].model
        while following := self._steps.get(target):
            target = following[0].model
        return target, name

    def missing(self) -> list[str]:
        """
        Name the older versions from which no upcaster leads on.
        """
        newest: dict[str, int] = {}
        for info in self._infos.values():
            newest[info.name] = max(info.version, newest.get(info.name, 0))
        older = [info for info in self._infos.values() if info.version < newest[info.name]]
        return [info.id for info in older if info.model not in self._steps]
