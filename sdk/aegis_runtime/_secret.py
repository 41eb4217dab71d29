"""
A value that is never shown by accident.
"""

from __future__ import annotations

from typing import TypeVar

__all__ = ["Secret", "concealed"]

T = TypeVar("T")


class Secret:
    """
    A token or password: usable, comparable, and invisible in repr, str, logs and format strings.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str | Secret) -> None:
        self._value: str = value._value if isinstance(value, Secret) else value

    def reveal(self) -> str:
        """
        The value itself; asking for it by name is the only way to it.
        """
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def concealed(value: T) -> T | Secret:
    """
    A secret argument, hidden at once: error trackers collect the local variables of every frame.
    """
    return Secret(value) if isinstance(value, str) else value
