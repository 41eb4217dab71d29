"""
What a kind of fault is: a value that says what it does to an exchange, and a description of what it can be told.

Each kind is a file of this folder; its description is what the control API, its page and the documentation show.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from aegis_mockserver.world._messages import Shape

Form = Literal["number", "integer", "flag", "statuses", "choice", "text"]
LONGEST = 3_600.0  # seconds; nothing waits without a bound


@dataclass(frozen=True, slots=True)
class Member:
    """
    One thing that a fault can be told.

    Args:
        name: in JSON.
        title: what a form calls it.
        text: what it does, for the documentation.
        usual: what a form begins with.
        least: the smallest number; with *above* it must be more than that.
        most: the largest number.
        below: numbers must be less than *most*.
    """

    name: str
    title: str
    text: str
    form: Form = "number"
    usual: Any = None
    least: float = 0
    most: float = LONGEST
    above: bool = False
    below: bool = False
    choices: tuple[str, ...] = ()

    def read(self, value: Any) -> Any:
        """
        Return the value as it is used.

        Raises:
            ValueError: it is none that this member can have.
        """
        match self.form:
            case "flag":
                if not isinstance(value, bool):
                    raise ValueError(f"{self.name} must be true or false")
                return value
            case "text":
                if not isinstance(value, str) or not value:
                    raise ValueError(f"{self.name} must be a text")
                return value
            case "choice":
                if value not in self.choices:
                    raise ValueError(f"{self.name} must be one of {', '.join(self.choices)}")
                return value
            case "statuses":
                if not isinstance(value, list | tuple) or not 0 < len(value) <= 1_000:
                    raise ValueError(f"{self.name} must be a list of statuses")
                return tuple(self._number(item) if item else 0 for item in value)
            case _:
                return self._number(value)

    def _number(self, value: Any) -> float | int:
        whole = self.form != "number"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            raise ValueError(f"{self.name} must be {'a whole' if whole else 'a'} number")
        low = value > self.least if self.above else value >= self.least
        high = value < self.most if self.below else value <= self.most
        if value < 0:
            raise ValueError(f"{self.name} must not be negative")
        if not (low and high):
            raise ValueError(
                f"{self.name} must be {'more than' if self.above else 'at least'} {self.least:g} and "
                f"{'less than' if self.below else 'at most'} {self.most:g}"
            )
        return int(value) if whole else float(value)

    def as_value(self) -> dict[str, Any]:
        """
        Return the description as JSON.
        """
        value: dict[str, Any] = {"name": self.name, "title": self.title, "text": self.text, "form": self.form}
        if self.usual is not None:
            value["usual"] = self.usual
        if self.choices:
            value["choices"] = list(self.choices)
        return value


@dataclass(slots=True)
class Turn:
    """
    One call that a fault is asked about.

    Args:
        now: the world's time.
        dice: the world's own random numbers.
        memory: what the kind remembers of earlier calls, in its world.
    """

    now: float
    dice: random.Random
    memory: dict[str, Any]


@dataclass(slots=True)
class Effect:
    """
    What the faults of a world do to one exchange; each adds its own.

    Args:
        status: answered instead; 0 for the true answer.
        headers: of that answer.
        delay: seconds before anything is sent.
        ended: the connection ends without an answer.
        length: bytes of the reply's body, once there is a reply; None where the rest of it is still to come.
        media_type: of that body; none where it is encoded, so that nobody can look into it.
        shapes: what is done to the steps of the reply.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    delay: float = 0.0
    ended: bool = False
    length: int | None = 0
    media_type: str = ""
    shapes: list[Shape] = field(default_factory=list[Shape])


class Kind(ABC):
    """
    One kind of fault, with what it was told.
    """

    NAME: ClassVar[str]
    TITLE: ClassVar[str]  # what a form calls it
    MEMBERS: ClassVar[tuple[Member, ...]]
    LEADS: ClassVar[tuple[str, ...]]  # a fault that has one of these members is of this kind
    ORDER: ClassVar[int]  # faults of one exchange act in this order, then in their own
    CHANCE: ClassVar[bool] = False  # error_rate is for it
    WAITS: ClassVar[bool] = False  # it only puts off what happens
    ANSWERS: ClassVar[bool] = False  # it says what every call is answered, so no other kind can
    ENDS: ClassVar[bool] = False  # there is no answer, so no other kind can change it
    SENT: ClassVar[bool] = False  # it is about a reply that is there already

    @classmethod
    @abstractmethod
    def read(cls, given: Mapping[str, Any]) -> Kind:
        """
        Make the value of members that were read one by one.

        Raises:
            ValueError: together they make no sense.
        """

    @abstractmethod
    def strike(self, effect: Effect, turn: Turn) -> bool:
        """
        Do to the exchange what this fault does; false when there was nothing that it could do.
        """
