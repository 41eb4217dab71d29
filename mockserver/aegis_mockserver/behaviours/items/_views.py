"""
How one operation shows an item: in its envelope, and no more of it than the answer names.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from typing import Any

import msgspec
from msgspec import Struct

from aegis_contracts import Operation
from aegis_contracts.exchange import kind
from aegis_mockserver.behaviours.items._mend import lost, mended
from aegis_mockserver.behaviours.resources._bodies import of_kind
from aegis_mockserver.behaviours.resources._names import id_steps
from aegis_mockserver.behaviours.resources._resource import Steps
from aegis_mockserver.behaviours.resources._shapes import FIRST, Shape
from aegis_mockserver.core._messages import NO_BODY, Answer
from aegis_mockserver.core.contents._content import sent_type
from aegis_mockserver.core.contents._proofs import ContentChecker, Proof
from aegis_mockserver.core.operations._instances import Instances

log = logging.getLogger("aegis_mockserver")
_DECODER = msgspec.json.Decoder()
_ERRORS = frozenset({"error", "errors"})
_GOOD = frozenset({"success", "ok", "succeeded", "acknowledged", "accepted", "result"})  # where they say yes or no
_REMEMBERED = 256  # made-up answers of one operation


class Fit(Struct, gc=False):
    """
    What can be kept of an item, and the names of what was sent and cannot.
    """

    item: dict[str, Any]
    lost: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        """
        Say what was lost, where something was.
        """
        return {"X-Mock-Not-Kept": ", ".join(self.lost)} if self.lost else {}


class View:
    """
    How one operation shows an item: its success response, and where in it the item is.

    Args:
        steps: where in the answer the item is.
        names: what a property that identifies an item may be called.
    """

    def __init__(self, operation: Operation, steps: Steps = (), names: tuple[str, ...] = ()) -> None:
        self.operation = operation
        self._instances = Instances(operation, log.warning)
        self.status = self._instances.default_status
        response = operation.response(self.status)
        content = response.content if response is not None else {}
        self.media_type = next(of_kind(content), None)
        self.checker = ContentChecker(content[self.media_type]) if self.media_type is not None else None
        self.schema = self.checker.media.schema if self.checker is not None else None
        self.shape = Shape.of_media(self.checker.media) if self.checker is not None else Shape(True)
        self.steps = steps
        self.item = self.shape.at(steps)
        self.id_steps = id_steps(self.item.properties, names) if names else ()
        # What the answer does not name is not told, where it names all that it has.
        self.names = frozenset(self.item.properties) if self.item.names_all else None
        self.says_nothing = not content
        self._base: Any = None
        self._made: dict[str, Any] = {}
        self._copies: dict[str, Callable[[], dict[str, Any]]] = {}  # what copies the item of each that was made
        # Else the request's Accept decides what the item is written as.
        self._alone = len(content) == 1 and self.media_type is not None and kind(sent_type(self.media_type)) == "json"

    @property
    def shows(self) -> bool:
        """
        Say whether the operation answers with JSON.
        """
        return self.checker is not None

    def base(self) -> Any:
        """
        Return the contract's own answer, to be filled with what is known.
        """
        if self._base is None and self.media_type is not None:
            self._base = self._instances.instance(self.status, self.media_type)
            if not self.exemplary and isinstance(self._base, dict):
                self._base = self._without_errors(self._base)
        return self._base

    def _without_errors(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """
        Take made-up errors, and flags that deny it, out of the envelope of a success: a client would raise them.
        """
        named = self.shape.properties
        beside = {
            name for name in _ERRORS & envelope.keys() if name != next(iter(self.steps), name if len(named) > 1 else "")
        }
        out = {name: each for name, each in envelope.items() if name not in beside or name in self.shape.required}
        for name in out.keys() & _GOOD:
            if out[name] is False and (self.checker is None or self.checker.make({**out, name: True}) is not None):
                out[name] = True
        for name in beside & out.keys():
            none: Any = [] if "array" in named[name].types else None
            if self.checker is not None and self.checker.make({**out, name: none}) is not None:
                out[name] = none
        return out

    @cached_property
    def exemplary(self) -> bool:
        """
        Whether the contract's own answer is an example.
        """
        return self.media_type is not None and self._instances.fixed(self.status, self.media_type) is not None

    def made(self, seed: str) -> Any:
        """
        Return the contract's own answer: its example, else one that is made for this seed.
        """
        if self.exemplary or self.media_type is None:
            return self.base()
        found = self._made.get(seed)
        if found is None:
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            found = self._made[seed] = self._instances.generated(self.status, self.media_type, seed, {})
        return found

    def made_item(self, seed: str) -> dict[str, Any]:
        """
        Return a copy of the item of the contract's own answer for this seed.
        """
        copied = self._copies.get(seed)
        if copied is None:
            if len(self._copies) >= _REMEMBERED:
                self._copies.clear()
            made = self.made(seed)
            value = value_at(made, self.steps) if self.steps else made
            copied = self._copies[seed] = _copier(value if isinstance(value, dict) else {})
        return copied()

    def success(self) -> Answer | None:
        """
        Answer with what is made up where it says whether it went well; None where an example does, or nothing.
        """
        base = self.base()
        says = isinstance(base, dict) and any(base[name] is True for name in base.keys() & _GOOD)
        if not says or self.exemplary or self.checker is None:
            return None
        proof = self.checker.make(base)
        return self.answer(proof) if proof is not None else None

    def base_item(self) -> dict[str, Any]:
        """
        Return the item of the contract's own answer.
        """
        value = value_at(self.base(), self.steps) if self.steps else self.base()
        return dict(value) if isinstance(value, dict) else {}

    def show(self, item: dict[str, Any]) -> Proof | None:
        """
        Put an item into the response; None when it does not fit, whatever is changed of it.
        """
        checker = self.checker
        assert checker is not None
        if self.names is not None and not item.keys() <= self.names:
            item = {name: value for name, value in item.items() if name in self.names}
        shown = checker.make(self._planted(item) if self.steps else item)
        if shown is None and self.schema is not None:
            value = self._mended(item)
            shown = checker.make(value) if value is not None else None
        return shown

    def fit(self, item: dict[str, Any], likeness: dict[str, Any] | None = None) -> Fit | None:
        """
        Keep of an item what the response can show; None where not even the rest can be made.

        Args:
            likeness: an item that stands instead of what does not fit; left out, the contract's own.
        """
        if self.checker is None or self.checker.make(self._planted(item)) is not None:
            return Fit(item)
        value = self._mended(item, likeness)
        if value is None:
            return None
        value = value_at(value, self.steps) if self.steps else value
        return Fit(value, tuple(lost(item, value))) if isinstance(value, dict) else None

    def _mended(self, item: dict[str, Any], likeness: dict[str, Any] | None = None) -> Any:
        schema = self.schema
        assert schema is not None
        like = self.base() if likeness is None else self._planted({**self.base_item(), **likeness})
        return mended(self._planted(item), like, self.shape, lambda value: schema.violations(value, "response"))

    @property
    def exactly(self) -> Callable[[dict[str, Any]], Proof | None] | None:
        """
        What proves an item where it is the whole response; nothing where it is a part of it.
        """
        return self.checker.make if self.checker is not None and not self.steps else None

    def truth(self, item: dict[str, Any], headers: dict[str, str] | None = None) -> Answer:
        """
        Answer with an item that the response cannot show: what breaks the contract is named, and nothing is invented.
        """
        return Answer(self.status, self._planted(item), headers or {}, origin="state")

    def otherwise(self, item: dict[str, Any], headers: dict[str, str]) -> Answer | None:
        """
        Answer with what was kept and cannot be shown: as it is, or by the contract's own answer where that is no item.
        """
        if self.item.properties:
            return self.truth(item, headers)
        base = self.base()
        return Answer(self.status, base, headers, origin="state") if base is not None else None

    def unkept(self, sent: Iterable[str]) -> Answer | None:
        """
        Answer as the contract itself would, and name what was sent: nothing of it is kept.
        """
        base = self.base()
        if base is None:
            return None
        return Answer(self.status, base, {"X-Mock-Not-Kept": ", ".join(sent)}, origin="generated")

    def answer(self, shown: Proof | None, headers: dict[str, str] | None = None) -> Answer:
        """
        Answer with what is shown; with nothing where the response has no JSON.
        """
        headers = headers or {}
        if shown is None or self.checker is None:
            return Answer(self.status, NO_BODY, headers, origin="state")
        if not self._alone:
            return Answer(self.status, msgspec.json.decode(shown.content), headers, origin="state")
        return Answer(self.status, NO_BODY, headers, self.checker.sent_type, shown, origin="state")

    def _planted(self, item: dict[str, Any]) -> Any:
        return planted(self.base(), self.steps, item) if self.steps else item


def _copier(item: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """
    Return what copies an item, at any depth, in the way that takes the least.
    """
    if not any(isinstance(value, dict | list) for value in item.values()):
        return item.copy
    try:
        content = msgspec.json.encode(item)
        if msgspec.json.decode(content) == item:
            return partial(_DECODER.decode, content)
    except (ValueError, OverflowError):  # such as a number that is too large for it
        pass
    return partial(copy.deepcopy, item)


def planted(base: Any, steps: Steps, item: Any) -> Any:
    """
    Put an item, or a list, into its envelope.
    """
    if not steps:
        return item
    if steps[0] == FIRST:
        return [planted(base[0] if isinstance(base, list) and base else None, steps[1:], item)]
    out: dict[str, Any] = dict(base) if isinstance(base, dict) else {}
    out[steps[0]] = planted(out.get(steps[0]), steps[1:], item)
    return out


def put_at(item: dict[str, Any], steps: Steps, value: Any) -> None:
    """
    Set a member, at any depth; nothing where there are no steps.
    """
    for step in steps[:-1]:
        inner = item.get(step)
        item[step] = item = dict(inner) if isinstance(inner, dict) else {}
    if steps:
        item[steps[-1]] = value


def value_at(item: Any, steps: Steps) -> Any:
    """
    Return a member, at any depth; None where there is none.
    """
    for step in steps:
        if step == FIRST and isinstance(item, list):
            item = item[0] if item else None
        else:
            item = item.get(step) if isinstance(item, dict) else None
    return item if steps else None
