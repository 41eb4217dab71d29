"""
Types: what a value of the contract is in Python, before anybody writes it down as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Direction = Literal["read", "write"]
ScalarKind = Literal["str", "int", "float", "bool", "None", "Any", "datetime", "date", "uuid", "bytes"]
Plain = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A constraint under the name of its JSON Schema keyword (or of our extension), with what it says.
    """

    keyword: str
    value: object


@dataclass(frozen=True, slots=True)
class Scalar:
    """
    A text, number, truth value, null, moment, or anything.
    """

    kind: ScalarKind


@dataclass(frozen=True, slots=True)
class Literals:
    """
    One of a few fixed values, none of which may be added: ``const``, and mixed enums when written.
    """

    values: tuple[Plain, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """
    A definition of the same API, by its name and the direction that it is made for.
    """

    name: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Array:
    """
    A list.
    """

    items: Type


@dataclass(frozen=True, slots=True)
class Tuple:
    """
    A list whose places have types of their own.
    """

    items: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """
    An object whose property names are data.
    """

    values: Type
    keys: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """
    One of several types.

    Attributes:
        discriminator: the property that tells them apart; empty when their JSON types or properties do.
        mapping: values of the discriminator and the member each of them means.
        open: a value of the discriminator that nobody declared is tolerated.
        exclusive: several members are objects, nothing but their properties tells them apart, and only one may fit.
    """

    members: tuple[Type, ...]
    discriminator: str = ""
    mapping: tuple[tuple[str, Named], ...] = ()
    open: bool = False
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Constrained:
    """
    A type with rules that its values must obey.
    """

    base: Type
    rules: tuple[Rule, ...]


Type = Scalar | Literals | Named | Array | Tuple | Map | Choice | Constrained

ANY = Scalar("Any")
NONE = Scalar("None")


def optional(of: Type) -> Type:
    """
    *of*, or null.
    """
    if nullable(of):
        return of
    if isinstance(of, Choice) and not of.discriminator and not of.exclusive:
        return Choice((*of.members, NONE))
    return Choice((of, NONE))


def nullable(of: Type) -> bool:
    """
    Say whether null is among the values of *of*.
    """
    if isinstance(of, Choice):
        return any(nullable(member) for member in of.members)
    if isinstance(of, Constrained):
        return nullable(of.base)
    if isinstance(of, Literals):
        return None in of.values
    return of in (NONE, ANY)


def inner(of: Type) -> Iterator[Type]:
    """
    *of* and every type within it; definitions are named, not entered.
    """
    yield of
    parts: tuple[Type, ...] = ()
    if isinstance(of, Constrained):
        parts = (of.base,)
    elif isinstance(of, Array):
        parts = (of.items,)
    elif isinstance(of, Map):
        parts = (of.values,)
    elif isinstance(of, Tuple):
        parts = of.items
    elif isinstance(of, Choice):
        parts = (*of.members, *(member for _, member in of.mapping))
    for part in parts:
        yield from inner(part)
