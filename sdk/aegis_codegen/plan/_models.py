"""
Definitions: what the generated package gives a name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegis_codegen.plan._types import Direction, Rule, Type

Sensitivity = Literal["", "secret", "personal"]


@dataclass(frozen=True, slots=True)
class Field:
    """
    A property of an object.

    Attributes:
        name: in the contract.
        python: in Python.
        type: ``None`` within it means null, never "absent".
        default: the contract's default as a tuple of one, or empty.
    """

    name: str
    python: str
    type: Type
    required: bool
    description: str = ""
    sensitive: Sensitivity = ""
    deprecated: bool = False
    default: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """
    An object. Read, it is a frozen model; written, a typed dictionary.

    Attributes:
        closed: the contract allows no other properties.
        extra: the type that the contract gives other properties, if it gives one.
        rules: what the object as a whole must obey.
    """

    name: str
    direction: Direction
    fields: tuple[Field, ...]
    description: str = ""
    closed: bool = False
    extra: Type | None = None
    rules: tuple[Rule, ...] = ()
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """
    A value of an enumeration and its name.
    """

    name: str
    value: str | int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Enumeration:
    """
    A list of texts or integers that may grow: what is not listed is tolerated when read, and refused when written.

    Attributes:
        reads: of one that is written, the name of the class that has its values.
    """

    name: str
    direction: Direction
    members: tuple[Member, ...]
    description: str = ""
    deprecated: bool = False
    reads: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """
    Another type, under a name of the contract.
    """

    name: str
    direction: Direction
    type: Type
    description: str = ""
    sensitive: Sensitivity = ""
    deprecated: bool = False


Definition = Model | Enumeration | Alias
