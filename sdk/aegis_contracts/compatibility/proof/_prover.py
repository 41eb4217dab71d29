"""
Whether a receiver takes all that a sender may say, rule by rule, so that what differs has a name and a place.

Whatever is proved here holds; what is not proved is a difference that somebody else has to refute.
"""

from __future__ import annotations

import json
from typing import Any, Final

from aegis_contracts.compatibility._flat import Flat, Parts, Rule
from aegis_contracts.compatibility._universe import Node, Universe
from aegis_contracts.compatibility.proof._canonical import NODES, Canonical, identity
from aegis_contracts.compatibility.proof._choices import choice, split
from aegis_contracts.compatibility.proof._extent import accepts, is_combined, possible, types_of
from aegis_contracts.compatibility.proof._measures import mentions, size_of
from aegis_contracts.compatibility.proof._members import items, properties
from aegis_contracts.compatibility.proof._rules import FOR, broken_bounds, broken_types, is_kept
from aegis_contracts.compatibility.proof._suspect import Alike, Chain, Suspect

_WORK: Final = 3_000
_DEEP: Final = 40
_RULING: Final = frozenset({"not", "if", "then", "else", "dependentSchemas", "contains", "uniqueItems"})


class Prover:
    """
    Proves that *receiver* takes what *sender* may say.

    Args:
        alike: says whether two definitions, the sender's and the receiver's, are known to be the same.
        work: how many pairs of schemas are looked at before everything else counts as not proved.
    """

    def __init__(self, sender: Universe, receiver: Universe, *, alike: Alike | None = None, work: int = _WORK) -> None:
        self.sender = sender
        self.receiver = receiver
        self.canonical = Canonical(sender, receiver)
        self._known = alike
        self._work = self._left = work
        self._failed: dict[tuple[Any, ...], tuple[Suspect, ...]] = {}
        self._held: dict[tuple[Any, ...], int] = {}  # depth at which the proof is under way; -1 when it is made
        self._trail: list[tuple[Any, ...]] = []
        self._flats: dict[tuple[int, tuple[int, ...]], Flat] = {}
        self._kept: list[Parts] = []
        self.exhausted = False

    def renew(self) -> None:
        """
        Begin with another pair: what was found out stays, the bound of work is a new one.
        """
        self._left = self._work

    def suspects(self, sender: Parts, receiver: Parts, chain: Chain = ()) -> tuple[Suspect, ...]:
        """
        List the receiver's rules that could not be proved to be kept; empty is a proof.
        """
        if all(part.schema is True or part.schema == {} for part in receiver) or self._equal(sender, receiver):
            return ()
        key = (identity(sender), identity(receiver))
        found = self._failed.get(key)
        if found is not None:
            return tuple(s._replace(chain=chain + s.chain) for s in found)
        started = self._held.get(key)
        if started is not None and (started < 0 or started < len(chain)):
            return ()  # proved, or by induction over the instance: it is smaller here
        self._left -= 1
        if started is not None or self._left < 0 or len(chain) > _DEEP:
            self.exhausted = True
            return (self.suspect("work", sender, receiver, chain),)
        mark = len(self._trail)
        self._trail.append(key)
        self._held[key] = len(chain)
        self._kept.append((*sender, *receiver))
        found = self._compare(sender, receiver, chain)
        if not found:
            self._held[key] = -1  # as long as what it was proved with holds
            return ()
        for other in self._trail[mark:]:
            del self._held[other]
        del self._trail[mark:]
        depth = len(chain)
        self._failed[key] = tuple(s._replace(chain=s.chain[depth:]) for s in found)
        return found

    def plain(self, chain: Chain) -> bool:
        """
        Say whether the sender may put any value at the end of *chain* that its schema there allows.
        """
        flats = [self.flat(self.sender, parts) for _, parts in chain]
        return not any(
            flat.choices or flat.values is not None or _RULING & {r.keyword for r in flat.rules} for flat in flats
        )

    def _equal(self, sender: Parts, receiver: Parts) -> bool:
        if len(sender) != len(receiver):
            return False
        return all(
            (s.schema == r.schema and not mentions(s.schema, "$ref") and _written(s) == _written(r))
            or self._referred(s, r)
            for s, r in zip(sender, receiver, strict=True)
        )

    def _referred(self, sender: Node, receiver: Node) -> bool:
        """
        Say whether both only refer, to what is known to be the same; a sender may add to it.
        """
        if self._known is None or not isinstance(sender.schema, dict) or not isinstance(receiver.schema, dict):
            return False
        if len(receiver.schema) != 1 or "$ref" not in receiver.schema or "$ref" not in sender.schema:
            return False
        ours, theirs = self.sender.place(sender.schema["$ref"]), self.receiver.place(receiver.schema["$ref"])
        return self._known(ours, theirs)

    def flat(self, universe: Universe, parts: Parts) -> Flat:
        """
        Lay out a conjunction, once.
        """
        key = (id(universe), identity(parts))
        found = self._flats.get(key)
        if found is None:
            self._kept.append(parts)
            found = self._flats[key] = Flat(universe, parts)
        return found

    def suspect(
        self,
        keyword: str,
        sender: Parts,
        receiver: Parts,
        chain: Chain,
        *,
        name: str = "",
        at: str = "",
        by: str = "",
    ) -> Suspect:
        owner = next((parts for parts in (sender, *(p for _, p in reversed(chain))) if parts), ())
        return Suspect(
            keyword,
            name,
            chain,
            sender,
            receiver,
            by or (self._home(self.sender, owner[0]) if owner else ""),
            at or (self._home(self.receiver, receiver[0]) if receiver else ""),
        )

    @staticmethod
    def _home(universe: Universe, node: Node) -> str:
        """
        Say where a schema stands that is only referred to: the same for all who refer to it.
        """
        for _ in range(_DEEP):
            if not isinstance(node.schema, dict) or "$ref" not in node.schema or "allOf" in node.schema:
                break
            node = universe.target(node.schema["$ref"])
        return node.place

    def _compare(self, sender: Parts, receiver: Parts, chain: Chain) -> tuple[Suspect, ...]:
        ours, theirs = self.flat(self.sender, sender), self.flat(self.receiver, receiver)
        if ours.never or not ours.types or ours.values == []:
            return ()
        if ours.values is not None:
            document = self.receiver.document(receiver)
            if size_of(document, NODES) <= NODES and all(accepts(document, value) for value in possible(ours)):
                return ()
        found = self._conjunction(ours, theirs, chain)
        if found and ours.choices:
            parted = split(self, ours, receiver, chain)
            found = found if parted is None else parted
        if (
            found
            and sender
            and (not chain or is_combined(ours) or is_combined(theirs))
            and self.canonical.covers(sender, receiver)
        ):
            return ()
        return found

    def _conjunction(self, ours: Flat, theirs: Flat, chain: Chain) -> tuple[Suspect, ...]:
        found: list[Suspect] = []

        def add(keyword: str, rule: Rule | None = None, name: str = "", by: str = "") -> None:
            at = rule.place if rule else ""
            found.append(self.suspect(keyword, ours.parts, theirs.parts, chain, name=name, at=at, by=by))

        if theirs.never:
            add("false")
            return tuple(found)
        types = types_of(ours)
        for rule in (*broken_types(ours, theirs), *broken_bounds(ours, theirs, types)):
            add(rule.keyword, rule)
        for rule in theirs.rules:
            if (FOR.get(rule.keyword) in types or rule.keyword not in FOR) and not is_kept(self, ours, theirs, rule):
                add(rule.keyword, rule)
        for rule in theirs.choices:
            found.extend(choice(self, ours, rule, chain))
        if found and not ours.parts:
            return tuple(found)  # whoever may say anything breaks the nearest rule already
        if ours.values is not None:
            return (*found, *self._enumerated(ours, theirs, chain))
        if "object" in types:
            for name, rule in theirs.required.items():
                if name not in ours.required:
                    add("required", rule, name)
            found.extend(properties(self, ours, theirs, chain))
        if "array" in types:
            found.extend(items(self, ours, theirs, chain))
        return tuple(found)

    def _enumerated(self, ours: Flat, theirs: Flat, chain: Chain) -> list[Suspect]:
        document = self.receiver.document(theirs.parts)
        if all(accepts(document, value) for value in ours.values or ()):
            return []
        return [self.suspect("enum", ours.parts, theirs.parts, chain)]


def _written(node: Node) -> str:
    return json.dumps(node.schema, sort_keys=True)  # Python takes 1 and true for equal
