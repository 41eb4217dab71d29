"""
Types named from afar: a model is found, and its validator built, when the first value needs it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from aegis_runtime.content._violations import Violations, known_names, violations_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["Reference", "Referenced", "resolve"]

T = TypeVar("T")

Reference = str | Callable[[], object]
"""Where a type is found when it is needed: ``"package.module:Name"``, or a function that returns it."""

_building = threading.Lock()


def _after_fork() -> None:
    # A thread that held it does not exist in the child.
    global _building
    _building = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Referenced(Generic[T]):
    """
    A type by reference, and what pydantic makes of it.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._adapter: TypeAdapter[T] | None = None
        self.context: dict[str, bool] | None = None
        """What validators of answers are told; known with the adapter."""

    @property
    def adapter(self) -> TypeAdapter[T]:
        """
        The type's validator and serializer, built once.
        """
        return self._adapter or self._build()

    def _build(self) -> TypeAdapter[T]:
        from pydantic import ConfigDict, PydanticUserError, TypeAdapter

        from aegis_runtime.models._types import ANSWER

        # One at a time: models refer to each other, and pydantic completes the classes themselves while building.
        with _building:
            if self._adapter is None:
                found = cast("Any", resolve(self._reference))
                try:  # of what is no model, numbers are as finite and errors as silent
                    plain = ConfigDict(allow_inf_nan=False, hide_input_in_errors=True)
                    adapter: TypeAdapter[T] = TypeAdapter(found, config=plain)
                except PydanticUserError:  # a model says it itself
                    adapter = TypeAdapter(found)
                self.context = ANSWER
                self._adapter = adapter
            return self._adapter

    def violations(self, error: ValueError, root: str = "") -> Violations | None:
        """
        What pydantic found, without values; ``None`` when *error* is not a finding of pydantic's.
        """
        from pydantic import ValidationError

        if not isinstance(error, ValidationError):
            return None
        return violations_of(error, known_names(resolve(self._reference)), root)


def resolve(reference: Reference) -> object:
    """
    The type that *reference* names.
    """
    if not isinstance(reference, str):
        return reference()
    module, _, name = reference.partition(":")
    return getattr(sys.modules.get(module) or import_module(module), name)
