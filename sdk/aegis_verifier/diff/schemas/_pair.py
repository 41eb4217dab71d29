"""
Two versions of one OpenAPI document, and what is known of their schemas.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from aegis_contracts import Contract, Element, Place
from aegis_contracts.compatibility import Comparer, Comparison, Counterexample, Difference, Node, Proved, Universe
from aegis_verifier.diff._change import ABSENT, Change, Changes, Side
from aegis_verifier.diff._gravity import Direction
from aegis_verifier.diff._rules import KEYWORDS, OTHER, RULES, TURNED, schema_rule
from aegis_verifier.diff.schemas._exclusive import only_by_overlap
from aegis_verifier.diff.schemas._members import Members, Part, Seen
from aegis_verifier.diff.schemas._text import as_text, spoken, texts
from aegis_verifier.diff.schemas._untouched import Untouched

Way: TypeAlias = Literal["request", "response"]
Sense: TypeAlias = Literal["request", "response", "reading"]
Written: TypeAlias = tuple[Any, Place] | None


class Pair:
    """
    What the comparison of two versions needs to know, and the changes that it has found.

    Args:
        old, new: the versions.
        flipped: the provider calls and the client answers, as with webhooks.
        like: a pair of the same versions, whose knowledge is shared.
    """

    def __init__(
        self, old: Contract, new: Contract, changes: Changes, *, flipped: bool = False, like: Pair | None = None
    ) -> None:
        self.old = old
        self.new = new
        self.changes = changes
        self.flipped = flipped
        self.untouched: Untouched = like.untouched if like else Untouched(old, new)
        self._seen: dict[bool, Seen] = like._seen if like else {True: set(), False: set()}
        self._comparers: dict[tuple[Way, bool], tuple[Comparer, Universe, Universe]] = like._comparers if like else {}

    def turned(self) -> Pair:
        """
        The same pair, read the other way round: whoever answered now asks.
        """
        return Pair(self.old, self.new, self.changes, flipped=not self.flipped, like=self)

    def note(self, rule: str, old: str | Place, new: str | Place, subject: str, message: str = "", **more: Any) -> None:
        """
        Note a change that a rule describes.
        """
        described = RULES[rule]
        if self.flipped and rule in TURNED:
            more.setdefault("severity", TURNED[rule])
        self.changes.add(
            Change(
                rule,
                more.pop("severity", described.severity),
                described.direction,
                message or described.says,
                self._side(old, self.old),
                self._side(new, self.new),
                subject,
                **more,
            )
        )

    @staticmethod
    def _side(place: str | Place, contract: Contract) -> Side:
        return Side.parse(place if isinstance(place, str) else contract.documents.shown(place))

    def schemas(
        self, way: Way, old: Written, new: Written, subject: str, where: str, *, text: bool = False
    ) -> Comparison:
        """
        Compare what stands in the same place of both versions, and note what is not compatible.

        Args:
            way: who sends: in a request the client, in a response the provider.
            where: what a person calls the place, such as ``query parameter limit``.
            text: instances travel as plain text, so that ``1`` and ``"1"`` are the same.
        """
        if self._unchanged(old, new):
            return Comparison(Proved())
        provider = (way == "response") != self.flipped
        self._members(old, new, provider, subject, where)
        comparer, before, after = self._comparer(way, provider=provider)
        one = before.node(*(old or (True, self.old.root)))
        other = after.node(*(new or (True, self.new.root)))
        sender, receiver = (other, one) if provider else (one, other)
        found = comparer.compare(sender, receiver)
        if text and not isinstance(found.outcome, Proved):
            found = self._as_text(comparer, before, after, sender, receiver, found, provider)
        if isinstance(found.outcome, Proved):
            return found
        ours, theirs = (after, before) if provider else (before, after)
        choices = all(difference.keyword == "oneOf" for difference in found.differences)
        if choices and only_by_overlap(ours.document((sender,)), theirs.document((receiver,))):
            rule = "response-overlap-changed" if provider else "request-overlap-changed"
            self.note(rule, one.place, other.place, subject, f"{where}: {RULES[rule].says}")
            return found
        direction: Direction = "response" if provider else "request"
        if not found.differences:
            self._whole(found, direction, one, other, subject, where)
        for difference in found.differences:
            self._difference(difference, direction, subject, where, provider)
        if isinstance(found.outcome, Counterexample) and not any(
            isinstance(d.outcome, Counterexample) for d in found.differences
        ):
            self._whole(found, direction, one, other, subject, where)
        return found

    def _members(self, old: Written, new: Written, provider: bool, subject: str, where: str) -> None:
        if old is None or new is None:
            return

        def note(rule: str, before: Place, after: Place, message: str) -> None:
            self.note(rule, before, after, subject, f"{where}: {message}", severity=RULES[rule].severity)

        members = Members(self.old.documents, self.new.documents, provider, note, self._seen[provider])
        members.compare(Part(*old), Part(*new))

    def _unchanged(self, old: Written, new: Written) -> bool:
        if old is None or new is None:
            return old is new
        return self.untouched.same(old[0], new[0])

    def _comparer(self, way: Way, *, provider: bool) -> tuple[Comparer, Universe, Universe]:
        key = (way, provider)
        found = self._comparers.get(key)
        if found is None:
            reading: Sense = "reading" if way == "response" else way
            old = self._universe(self.old, reading if provider else way, closed=not provider)
            new = self._universe(self.new, way if provider else reading, closed=False)
            sender, receiver = (new, old) if provider else (old, new)
            alike: Callable[[Place, Place], bool] = self.untouched.places
            comparer = Comparer(sender, receiver, alike=alike)
            found = self._comparers[key] = (comparer, old, new)
        return found

    @staticmethod
    def _universe(contract: Contract, way: Sense, *, closed: bool) -> Universe:
        return Universe(contract.documents, contract.openapi_version, way, closed=closed, projector=contract.projector)

    def _as_text(
        self,
        comparer: Comparer,
        before: Universe,
        after: Universe,
        sender: Node,
        receiver: Node,
        found: Comparison,
        provider: bool,
    ) -> Comparison:
        ours, theirs = (after, before) if provider else (before, after)
        one, other = as_text(ours, sender, receiver=False), as_text(theirs, receiver, receiver=True)
        if isinstance(found.outcome, Counterexample):
            value = found.outcome.instance
            read = spoken(theirs.document((receiver,)), value) or spoken(theirs.document((other,)), texts(value))
            if not read:
                return found
        again = comparer.compare(one, other)
        if isinstance(again.outcome, Proved):
            return again
        kept = tuple(
            d
            for d in again.differences
            if isinstance(d.outcome, Counterexample)
            and spoken(ours.document((sender,)), d.outcome.instance)
            and not spoken(theirs.document((receiver,)), d.outcome.instance)
        )
        return Comparison(kept[0].outcome, kept) if kept else found

    def _difference(
        self, difference: Difference, direction: Direction, subject: str, where: str, provider: bool
    ) -> None:
        refuted = isinstance(difference.outcome, Counterexample)
        says = KEYWORDS.get(difference.keyword, OTHER)[1]
        name = f" ({difference.name})" if difference.name and difference.name != "*" else ""
        path = difference.place
        old, new = difference.sender, difference.receiver
        if provider:
            old, new = new, old
        self.changes.add(
            Change(
                schema_rule(direction, difference.keyword),
                "breaking" if refuted else "undecided",
                direction,
                f"{where}: {says}{name} [{difference.keyword}]",
                Side.parse(old),
                Side.parse(new),
                subject,
                path,
                difference.outcome.instance if isinstance(difference.outcome, Counterexample) else ABSENT,
            )
        )

    def _whole(self, found: Comparison, direction: Direction, old: Node, new: Node, subject: str, where: str) -> None:
        refuted = isinstance(found.outcome, Counterexample)
        self.changes.add(
            Change(
                schema_rule(direction, ""),
                "breaking" if refuted else "undecided",
                direction,
                f"{where}: {OTHER[1]}",
                Side.parse(old.place),
                Side.parse(new.place),
                subject,
                "",
                found.outcome.instance if isinstance(found.outcome, Counterexample) else ABSENT,
            )
        )


def written(element: Element) -> Written:
    """
    Return the schema of a parameter, header or media type as it is written, and its place; None where there is none.
    """
    for key in ("schema", "itemSchema"):
        if key in element.node:
            return (element.node[key], element.place.at(key))
    return None
