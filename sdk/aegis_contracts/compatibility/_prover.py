"""
Whether a receiver takes all that a sender may say, rule by rule, so that what differs has a name and a place.

Whatever is proved here holds; what is not proved is a difference that somebody else has to refute.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple

from aegis_contracts.compatibility._flat import Flat, Parts, Rule, below, same, type_of
from aegis_contracts.compatibility._outcome import Step
from aegis_contracts.compatibility._patterns import SHAPES, included, of_length, of_values
from aegis_contracts.compatibility._universe import UNDECLARED, UNDECLARED_PATTERN, Node, Universe
from aegis_contracts.documents._documents import Place
from aegis_contracts.json_pointer import join

_WORK: Final = 3_000
_CHOICES: Final = 6
_NODES: Final = 200
_DEEP: Final = 40
_BRANCHES: Final = 24
_ASKED: Final = 40
_FEW: Final = 40
_LITTLE: Final = 80
_RULING: Final = frozenset({"not", "if", "then", "else", "dependentSchemas", "contains", "uniqueItems"})
_LENGTH: Final = 400
_GREATEST = {"maxItems": "array", "maxLength": "string", "maxProperties": "object"}
_LEAST = {"minItems": "array", "minLength": "string", "minProperties": "object"}
_FOR = {
    "contains": "array", "contentEncoding": "string", "contentMediaType": "string", "dependentRequired": "object",
    "dependentSchemas": "object", "format": "string", "maxContains": "array", "minContains": "array",
    "multipleOf": "number", "pattern": "string", "propertyNames": "object", "unevaluatedItems": "array",
    "unevaluatedProperties": "object", "uniqueItems": "array", "x-max-bytes": "string",
}  # fmt: skip
_RELATED = frozenset({"then", "else", "minContains", "maxContains", "contentEncoding", "contentMediaType"})
_ANNOTATIONS = frozenset(
    {"contentEncoding", "contentMediaType", "contentSchema", "$anchor", "$dynamicAnchor", "$schema", "if"}
)
_FORMATS = frozenset(
    [
        "date",
        "date-time",
        "duration",
        "email",
        "hostname",
        "idn-email",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "iri",
        "iri-reference",
        "json-pointer",
        "regex",
        "relative-json-pointer",
        "time",
        "uri",
        "uri-reference",
        "uri-template",
        "uuid",
    ]
)


class Suspect(NamedTuple):
    """
    A rule of the receiver that the sender does not promise to keep, as far as could be proved.
    """

    keyword: str
    name: str
    chain: tuple[tuple[Step, Parts], ...]  # the way through an instance, and what the sender says at each step
    sender: Parts
    receiver: Parts
    sender_place: str
    receiver_place: str
    choice: tuple[int, Parts, Parts] | None = (
        None  # the outermost choice of the receiver on the way, and how deep below
    )

    @property
    def path(self) -> tuple[Step, ...]:
        """
        Where in an instance.
        """
        return tuple(step for step, _ in self.chain)


Chain = tuple[tuple[Step, Parts], ...]
Alike = Callable[[Place, Place], bool]


class Prover:
    """
    Proves that *receiver* takes what *sender* may say.

    Args:
        alike: says whether two definitions, the sender's and the receiver's, are known to be the same.
        work: how many pairs of schemas are looked at before everything else counts as not proved.
    """

    def __init__(self, sender: Universe, receiver: Universe, *, alike: Alike | None = None, work: int = _WORK) -> None:
        self._sender = sender
        self._receiver = receiver
        self._known = alike
        self._work = self._left = work
        self._failed: dict[tuple[Any, ...], tuple[Suspect, ...]] = {}
        self._held: dict[tuple[Any, ...], int] = {}  # depth at which the proof is under way; -1 when it is made
        self._trail: list[tuple[Any, ...]] = []
        self._flats: dict[tuple[int, tuple[int, ...]], Flat] = {}
        self._canonical: dict[tuple[int, tuple[int, ...]], Any] = {}
        self._kept: list[Parts] = []
        self._asked = 0
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
        key = (_identity(sender), _identity(receiver))
        found = self._failed.get(key)
        if found is not None:
            return tuple(s._replace(chain=chain + s.chain) for s in found)
        started = self._held.get(key)
        if started is not None and (started < 0 or started < len(chain)):
            return ()  # proved, or by induction over the instance: it is smaller here
        self._left -= 1
        if started is not None or self._left < 0 or len(chain) > _DEEP:
            self.exhausted = True
            return (self._suspect("work", sender, receiver, chain),)
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
        flats = [self.flat(self._sender, parts) for _, parts in chain]
        return not any(
            flat.choices or flat.values is not None or _RULING & {r.keyword for r in flat.rules} for flat in flats
        )

    def covers(self, sender: Parts, receiver: Parts) -> bool:
        """
        Ask the canonical form, which knows less of references and more of combinations.
        """
        import jsonschema_rs

        self._asked += 1
        limit = _NODES if self._asked < _ASKED else _FEW
        if any(
            size_of(u.document(parts), limit) > limit
            for u, parts in ((self._sender, sender), (self._receiver, receiver))
        ):
            return False
        one, other = self._canon(self._receiver, receiver), self._canon(self._sender, sender)
        if one is None or other is None:
            return False
        try:
            answer: bool = str(one.covers(other)) == "yes"
        except jsonschema_rs.canonical.CanonicalizationError:
            return False
        return answer

    def difference(self, sender: Parts, receiver: Parts) -> Any:
        """
        Return a schema of what the sender may say and the receiver refuses, if the canonical form can tell.
        """
        import jsonschema_rs

        sides = ((self._sender, sender), (self._receiver, receiver))
        if any(size_of(universe.document(parts), _LITTLE) > _LITTLE for universe, parts in sides):
            return None  # what differs of two large schemas takes seconds to say
        one, other = self._canon(self._sender, sender), self._canon(self._receiver, receiver)
        if one is None or other is None:
            return None
        try:
            return one.subtract(other).to_json_schema()
        except (jsonschema_rs.canonical.CanonicalizationError, ValueError):
            return None

    def _canon(self, universe: Universe, parts: Parts) -> Any:
        import jsonschema_rs

        key = (id(universe), _identity(parts))
        if key not in self._canonical:
            while len(self._canonical) >= _ASKED:
                del self._canonical[next(iter(self._canonical))]
            document = universe.document(parts) if parts else True
            self._kept.append(parts)
            self._canonical[key] = None
            small = size_of(document, _NODES) <= _NODES and _choices(document) <= _CHOICES
            if small and not _mentions(document, "x-max-bytes"):
                with suppress(ValueError, jsonschema_rs.ReferencingError, jsonschema_rs.ValidationError):
                    self._canonical[key] = jsonschema_rs.canonicalize(
                        document, draft=jsonschema_rs.Draft202012, validate_formats=True, offline=True
                    )
        return self._canonical[key]

    def _equal(self, sender: Parts, receiver: Parts) -> bool:
        if len(sender) != len(receiver):
            return False
        return all(
            (s.schema == r.schema and not _mentions(s.schema, "$ref") and _written(s) == _written(r))
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
        ours, theirs = self._sender.place(sender.schema["$ref"]), self._receiver.place(receiver.schema["$ref"])
        return self._known(ours, theirs)

    def flat(self, universe: Universe, parts: Parts) -> Flat:
        """
        Lay out a conjunction, once.
        """
        key = (id(universe), _identity(parts))
        found = self._flats.get(key)
        if found is None:
            self._kept.append(parts)
            found = self._flats[key] = Flat(universe, parts)
        return found

    def _suspect(
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
            by or (self._home(self._sender, owner[0]) if owner else ""),
            at or (self._home(self._receiver, receiver[0]) if receiver else ""),
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
        ours, theirs = self.flat(self._sender, sender), self.flat(self._receiver, receiver)
        if ours.never or not ours.types or ours.values == []:
            return ()
        if ours.values is not None:
            document = self._receiver.document(receiver)
            if size_of(document, _NODES) <= _NODES and all(_accepts(document, value) for value in _possible(ours)):
                return ()
        found = self._conjunction(ours, theirs, chain)
        if found and ours.choices:
            split = self._split(ours, receiver, chain)
            found = found if split is None else split
        if found and sender and (not chain or _combined(ours) or _combined(theirs)) and self.covers(sender, receiver):
            return ()
        return found

    def _split(self, ours: Flat, receiver: Parts, chain: Chain) -> tuple[Suspect, ...] | None:
        """
        Compare each branch of the sender's own choice by itself.
        """
        for choice in ours.choices:
            if len(choice.value) > _BRANCHES:
                continue
            found: dict[tuple[Any, ...], Suspect] = {}
            for index in range(len(choice.value)):
                branch = below(choice.node, choice.keyword, index)
                taken = branch._replace(choice=(id(choice.node.schema), choice.keyword))
                for suspect in self.suspects((*ours.parts, taken), receiver, chain):
                    found.setdefault((suspect.keyword, suspect.path, suspect.receiver_place, suspect.name), suspect)
            return tuple(found.values())
        return None

    def _conjunction(self, ours: Flat, theirs: Flat, chain: Chain) -> tuple[Suspect, ...]:
        found: list[Suspect] = []

        def add(keyword: str, rule: Rule | None = None, name: str = "", by: str = "") -> None:
            at = rule.place if rule else ""
            found.append(self._suspect(keyword, ours.parts, theirs.parts, chain, name=name, at=at, by=by))

        if theirs.never:
            add("false")
            return tuple(found)
        self._types(ours, theirs, add)
        types = _types(ours)
        self._bounds(ours, theirs, types, add)
        for rule in theirs.rules:
            if _FOR.get(rule.keyword) in types or rule.keyword not in _FOR:
                self._rule(ours, theirs, rule, add)
        for choice in theirs.choices:
            found.extend(self._choice(ours, choice, chain))
        if found and not ours.parts:
            return tuple(found)  # whoever may say anything breaks the nearest rule already
        if ours.values is not None:
            return (*found, *self._enumerated(ours, theirs, chain))
        if "object" in types:
            for name, rule in theirs.required.items():
                if name not in ours.required:
                    add("required", rule, name)
            found.extend(self._properties(ours, theirs, chain))
        if "array" in types:
            found.extend(self._items(ours, theirs, chain))
        return tuple(found)

    def _types(self, ours: Flat, theirs: Flat, add: Any) -> None:
        for rule in theirs.type_rules:
            if rule.keyword == "type":
                names = set(rule.value if isinstance(rule.value, list) else [rule.value])
                if not all(_typed(name, names) for name in _exact(ours)):
                    add("type", rule)
            else:
                allowed = [rule.value] if rule.keyword == "const" else rule.value
                if ours.values is None:
                    rest = _types(ours) - {"null", "boolean"}
                    texts = rest == frozenset({"string"}) and self._matches(ours, of_values(allowed))
                    if (rest and not texts) or not all(any(v is a for a in allowed) for v in _finite(ours)):
                        add(rule.keyword, rule)
                elif not all(any(same(value, other) for other in allowed) for value in _possible(ours)):
                    add(rule.keyword, rule)

    def _bounds(self, ours: Flat, theirs: Flat, types: frozenset[str], add: Any) -> None:
        for keyword, rule in theirs.bounds.items():
            kind = _GREATEST.get(keyword) or _LEAST.get(keyword) or "number"
            if kind not in types or (keyword in _LEAST and rule.value <= 0):
                continue
            if ours.values is not None:
                kept = all(_within(value, keyword, rule.value) for value in _possible(ours))
            elif keyword in _GREATEST:
                given = ours.bound(keyword)
                kept = given is not None and given <= rule.value
            elif keyword in _LEAST:
                given = ours.bound(keyword)
                if keyword == "minProperties":
                    given = max(given or 0, len(ours.required))
                kept = given is not None and given >= rule.value
            else:
                kept = _in_range(ours, keyword, rule.value)
            if not kept and kind == "string" and rule.value <= _LENGTH:
                between = of_length(rule.value, None) if keyword == "minLength" else of_length(0, rule.value)
                kept = self._matches(ours, between)
            if not kept:
                add(keyword, rule)

    def _rule(self, ours: Flat, theirs: Flat, rule: Rule, add: Any) -> None:
        keyword, value = rule.keyword, rule.value
        if keyword in _ANNOTATIONS or (keyword == "format" and value not in _FORMATS):
            return
        alike = [own for own in ours.rules if own.keyword == keyword]
        if keyword in {"then", "else"} and "if" not in rule.node.schema:
            return
        if keyword in {"minContains", "maxContains"} and "contains" not in rule.node.schema:
            return
        if any(own.value == value and self._related(own, rule) for own in alike):
            return
        if keyword == "unevaluatedProperties" and theirs.closed:
            return  # told by the properties themselves
        if keyword == "uniqueItems" and value is False:
            return
        if ours.values is not None and keyword in {"pattern", "multipleOf", "format"}:
            document = {keyword: value}
            if all(_accepts(document, one) for one in _possible(ours)):
                return
        if keyword == "pattern" and self._matches(ours, value):
            return
        if keyword == "multipleOf" and any(_multiple(own.value, value) for own in alike):
            return
        if keyword == "x-max-bytes" and any(
            own.value.get("codec") == value.get("codec") and own.value.get("max") <= value.get("max") for own in alike
        ):
            return
        if keyword == "propertyNames" and (
            any(not self.suspects((below(own.node, keyword),), (below(rule.node, keyword),)) for own in alike)
            or (ours.others() is None and all(_accepts(value, name) for name in _sent_names(ours)))
        ):
            return
        if keyword == "dependentRequired" and all(
            all(n in ours.required for n in needed) or ours.member(name) is None for name, needed in value.items()
        ):
            return
        add(keyword, rule)

    @staticmethod
    def _matches(ours: Flat, pattern: str) -> bool:
        """
        Say whether all texts of the sender are proved to match.
        """
        given = [own.value for own in ours.rules if own.keyword == "pattern"]
        shapes = [SHAPES[own.value] for own in ours.rules if own.keyword == "format" and own.value in SHAPES]
        return included([*given, *shapes], pattern, ours.bound("minLength"), ours.bound("maxLength"))

    def _related(self, own: Rule, rule: Rule) -> bool:
        """
        Say whether what a keyword means together with its siblings is the same on both sides.
        """
        if not self._alike(own.value, rule.value):
            return False
        match rule.keyword:
            case "if" | "then" | "else":
                keys = ("if", "then", "else")
            case "contains" | "minContains" | "maxContains":
                keys = ("contains", "minContains", "maxContains")
            case "unevaluatedItems" | "unevaluatedProperties":
                return bool(own.node.schema == rule.node.schema) and not _mentions(own.node.schema, "$ref")
            case _:
                return True
        return all(own.node.schema.get(key) == rule.node.schema.get(key) for key in keys)

    def _choice(self, ours: Flat, choice: Rule, chain: Chain) -> tuple[Suspect, ...]:
        for own in ours.choices:
            if own.keyword == choice.keyword and self._alike(own.value, choice.value):
                return ()
        branches = [below(choice.node, choice.keyword, index) for index in range(len(choice.value))]
        near = [branch for branch in branches[: 4 * _BRANCHES] if self._plausible(ours, branch)]
        found: tuple[Suspect, ...] = ()
        for branch in near:
            found = self.suspects(ours.parts, (branch,), chain)
            if not found and (
                choice.keyword == "anyOf" or all(self._apart(ours, other) for other in branches if other is not branch)
            ):
                return ()
        meant = near if len(near) == 1 else [branch for branch in near if _counterpart(ours, branch)]
        if len(meant) == 1 and not ours.choices and (found := self.suspects(ours.parts, (meant[0],), chain)):
            whole = (choice.node,)
            deep = len(chain)  # there is but one branch that was meant; the choice as a whole must refuse all the same
            return tuple(s._replace(choice=(len(s.chain) - deep, ours.parts, whole)) for s in found)
        suspect = self._suspect(choice.keyword, ours.parts, (choice.node,), chain, at=choice.place)
        return (suspect,)

    def _alike(self, own: Any, other: Any) -> bool:
        if own != other:
            return False
        return not _mentions(own, "$ref") or _closure(self._sender, own) == _closure(self._receiver, other)

    def _plausible(self, ours: Flat, branch: Node) -> bool:
        """
        Overlook a branch that the sender's schema plainly does not fit in, before any work is spent on it.
        """
        theirs = self.flat(self._receiver, (branch,))
        if theirs.never or not _types(ours) <= theirs.types:
            return False
        return not self._tagged_apart(ours, theirs)

    def _apart(self, ours: Flat, other: Node) -> bool:
        theirs = self.flat(self._receiver, (other,))
        if theirs.never or not _types(ours) & theirs.types or self._tagged_apart(ours, theirs):
            return True
        if ours.values is not None:
            document = self._receiver.document((other,))
            return not any(_accepts(document, value) for value in ours.values)
        import jsonschema_rs

        one, two = self._canon(self._sender, ours.parts), self._canon(self._receiver, (other,))
        if one is None or two is None:
            return False
        try:
            return str(one.intersect(two).satisfiability()) == "no"
        except jsonschema_rs.canonical.CanonicalizationError:
            return False

    def _tagged_apart(self, ours: Flat, theirs: Flat) -> bool:
        for name in ours.required:
            if name not in theirs.names:
                continue
            mine = self.flat(self._sender, ours.member(name) or ()).values
            other = self.flat(self._receiver, theirs.member(name) or ()).values
            if mine is not None and other is not None and not any(same(a, b) for a in mine for b in other):
                return True
        return False

    def _properties(self, ours: Flat, theirs: Flat, chain: Chain) -> list[Suspect]:
        found: list[Suspect] = []
        for name in dict.fromkeys([*theirs.names, *ours.names]):
            sent = ours.member(name)
            if sent is None or any(part.schema is False for part in sent):
                continue
            step = (*chain, (name, ours.parts))
            taken = theirs.member(name)
            if taken is None or any(part.schema is False for part in taken):
                place = _forbids(theirs, taken)
                if not self.flat(self._sender, sent).never:
                    found.append(
                        self._suspect(
                            "additionalProperties", ours.parts, theirs.parts, chain, name=name, at=place,
                            by=sent[0].place if sent else "",
                        )
                    )  # fmt: skip
                continue
            found.extend(self.suspects(sent, taken, step))
        sent, taken = ours.others(), theirs.others()
        if sent is None:
            return [*found, *self._patterned(ours, theirs, chain)]
        step = (*chain, ("*", ours.parts))
        if taken is None:
            place = _forbids(theirs, None)
            found.append(self._suspect("additionalProperties", ours.parts, theirs.parts, chain, name="*", at=place))
        else:
            found.extend(self.suspects(sent, taken, step))
        return [*found, *self._patterned(ours, theirs, chain)]

    def _patterned(self, ours: Flat, theirs: Flat, chain: Chain) -> list[Suspect]:
        """
        Compare what is said of properties by pattern; a sender's other patterns might match the same names.
        """
        found: list[Suspect] = []
        sent, several = ours.others(), any(group.patterns for group in ours.groups)
        step = (*chain, ("*", ours.parts))
        for group in (*theirs.groups, *ours.groups):
            for pattern in group.patterns:
                one = tuple(p for g in ours.groups for p in _of_pattern(g, pattern))
                if not one:
                    if sent is None and not several:
                        continue
                    one = () if several else sent or ()
                two = tuple(p for g in theirs.groups for p in _of_pattern(g, pattern) or g.of_others())
                if theirs.closed and not any(pattern in g.patterns for g in theirs.groups):
                    two = (Node(False, theirs.parts[0].place),)
                if not any(part.schema is False for part in one) and self.suspects(one, two, step):
                    if pattern == UNDECLARED_PATTERN:
                        at = _forbids(theirs, two)
                        found.append(
                            self._suspect("additionalProperties", ours.parts, theirs.parts, chain, name="*", at=at)
                        )
                        continue
                    rule = Rule("patternProperties", pattern, group.node)
                    place = f"{rule.place}{join(pattern)}"
                    found.append(
                        self._suspect("patternProperties", ours.parts, theirs.parts, chain, name=pattern, at=place)
                    )
        return list({suspect.name: suspect for suspect in found}.values())

    def _enumerated(self, ours: Flat, theirs: Flat, chain: Chain) -> list[Suspect]:
        document = self._receiver.document(theirs.parts)
        if all(_accepts(document, value) for value in ours.values or ()):
            return []
        return [self._suspect("enum", ours.parts, theirs.parts, chain)]

    def _items(self, ours: Flat, theirs: Flat, chain: Chain) -> list[Suspect]:
        found: list[Suspect] = []
        most = ours.bound("maxItems")
        named = max(ours.prefix, theirs.prefix)
        for index in [*range(named if most is None else min(named, most)), None]:
            if index is None and most is not None and most <= named:
                break
            step = (*chain, (named if index is None else index, ours.parts))
            sent, taken = ours.item(index), theirs.item(index)
            if any(part.schema is False for part in sent):
                continue
            found.extend(self.suspects(sent, taken, step))
        return found


def _counterpart(ours: Flat, branch: Node) -> bool:
    """
    Say whether a branch is what a branch of the sender's own choice was, by name or by place.
    """
    taken = next((part for part in reversed(ours.parts) if part.choice is not None), None)
    if taken is None or not isinstance(taken.schema, dict) or not isinstance(branch.schema, dict):
        return False
    names = [node.schema.get("$ref") for node in (taken, branch)]
    if any(names):
        return bool(names[0] == names[1])
    return bool(taken.place.rpartition("/")[2] == branch.place.rpartition("/")[2])


def _combined(flat: Flat) -> bool:
    """
    Say whether a schema asks for more than one rule after the other can show.
    """
    return bool(flat.choices or flat.rules) or flat.values is not None


def _sent_names(ours: Flat) -> list[str]:
    undeclared = any(UNDECLARED_PATTERN in group.patterns for group in ours.groups)
    return [*ours.names, *UNDECLARED] if undeclared else ours.names


def _of_pattern(group: Any, pattern: str) -> Parts:
    return (below(group.node, "patternProperties", pattern),) if pattern in group.patterns else ()


def _forbids(theirs: Flat, taken: Parts | None) -> str:
    for part in taken or ():
        if part.schema is False:
            return part.place
    for group in theirs.groups:
        if group.additional is False:
            return f"{group.node.place}/additionalProperties"
    return theirs.parts[0].place if theirs.parts else ""


def _written(node: Node) -> str:
    return json.dumps(node.schema, sort_keys=True)  # Python takes 1 and true for equal


def _identity(parts: Parts) -> tuple[int, ...]:
    return tuple(id(part.schema) if isinstance(part.schema, dict) else hash(part.schema) for part in parts)


def _types(flat: Flat) -> frozenset[str]:
    if flat.values is None:
        return flat.types
    return frozenset(type_of(value) for value in flat.values) & flat.types


def _exact(flat: Flat) -> set[str]:
    """
    The types of a schema in its own words: ``integer`` where no other number is meant.
    """
    if flat.values is not None:
        found = {type_of(value) for value in _possible(flat)}
        whole = all(float(v).is_integer() for v in flat.values if type_of(v) == "number")
    else:
        found, whole = set(flat.types), flat.whole
    if "number" in found and whole:
        found = {*(found - {"number"}), "integer"}
    return found


def _typed(name: str, names: set[str]) -> bool:
    return name in names or (name == "integer" and "number" in names)


def _possible(flat: Flat) -> list[Any]:
    return [
        value
        for value in flat.values or ()
        if type_of(value) in flat.types
        and not (flat.whole and type_of(value) == "number" and not float(value).is_integer())
        and all(_within(value, keyword, rule.value) for keyword, rule in flat.bounds.items())
    ]


def _finite(flat: Flat) -> list[Any]:
    return [*((None,) if "null" in flat.types else ()), *((True, False) if "boolean" in flat.types else ())]


def _within(value: Any, keyword: str, bound: Any) -> bool:
    kind = type_of(value)
    match keyword:
        case "minimum":
            return kind != "number" or bool(value >= bound)
        case "maximum":
            return kind != "number" or bool(value <= bound)
        case "exclusiveMinimum":
            return kind != "number" or bool(value > bound)
        case "exclusiveMaximum":
            return kind != "number" or bool(value < bound)
        case _ if (_GREATEST.get(keyword) or _LEAST.get(keyword)) == kind:
            return bool(len(value) <= bound if keyword in _GREATEST else len(value) >= bound)
        case _:
            return True


def _in_range(ours: Flat, keyword: str, bound: Any) -> bool:
    lowest, above = ours.bound("minimum"), ours.bound("exclusiveMinimum")
    highest, under = ours.bound("maximum"), ours.bound("exclusiveMaximum")
    if ours.whole:  # the next whole number is the first that counts
        above, lowest = None, _most([lowest, None if above is None else int(above // 1) + 1])
        under, highest = None, _least([highest, None if under is None else -int(-under // 1) - 1])
    match keyword:
        case "minimum":
            return (lowest is not None and lowest >= bound) or (above is not None and above >= bound)
        case "exclusiveMinimum":
            return (lowest is not None and lowest > bound) or (above is not None and above >= bound)
        case "maximum":
            return (highest is not None and highest <= bound) or (under is not None and under <= bound)
        case _:
            return (highest is not None and highest < bound) or (under is not None and under <= bound)


def _most(values: list[Any]) -> Any:
    return max((value for value in values if value is not None), default=None)


def _least(values: list[Any]) -> Any:
    return min((value for value in values if value is not None), default=None)


def _multiple(own: Any, of: Any) -> bool:
    from fractions import Fraction

    return bool(Fraction(str(own)) % Fraction(str(of)) == 0)


def _accepts(schema: Any, instance: Any) -> bool:
    from aegis_contracts.verdict._verdict import compiled

    return bool(compiled(schema).is_valid(instance))


def size_of(schema: Any, limit: int) -> int:
    """
    Count the nodes of a schema, as far as *limit*.
    """
    pending, count = [schema], 0
    while pending and count <= limit:
        node = pending.pop()
        count += 1
        if isinstance(node, dict):
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
    return count


def _choices(schema: Any) -> int:
    """
    Count what multiplies the cases of a canonical form.
    """
    if isinstance(schema, dict):
        own = sum(key in schema for key in ("anyOf", "oneOf", "not", "if"))
        return own + sum(map(_choices, schema.values()))
    return sum(map(_choices, schema)) if isinstance(schema, list) else 0


def _mentions(schema: Any, keyword: str) -> bool:
    if isinstance(schema, dict):
        return keyword in schema or any(_mentions(value, keyword) for value in schema.values())
    return isinstance(schema, list) and any(_mentions(item, keyword) for item in schema)


def _closure(universe: Universe, value: Any) -> Any:
    return universe.document((Node({"allOf": [value]} if not isinstance(value, list) else {"anyOf": value}, ""),))
