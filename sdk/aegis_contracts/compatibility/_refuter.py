"""
From a rule that might be broken to an instance that breaks it, judged by two engines.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, Final

from aegis_contracts.compatibility._flat import Flat, Parts, type_of
from aegis_contracts.compatibility._judges import Judges
from aegis_contracts.compatibility._outcome import Counterexample
from aegis_contracts.compatibility._patterns import escaping
from aegis_contracts.compatibility._universe import UNDECLARED, Universe
from aegis_contracts.compatibility.proof._measures import size_of
from aegis_contracts.compatibility.proof._prover import Prover
from aegis_contracts.compatibility.proof._suspect import Chain, Suspect
from aegis_contracts.instances import Generator, Ungeneratable, invalidate

_SEEDS: Final = 4
_OPTIONAL: Final = (0.0, None, 0.5, 0.8)
_SIZE: Final = 80
_TRIES: Final = 24
_CANDIDATES: Final = 400
_WHOLE: Final = 600
_KEPT: Final = 24
_THOROUGH: Final = 24
_MAKEABLE: Final = 2_500
_QUICK: Final = 300
_NAMES: Final = ("another", "x-other", "Zother", "0", "_")
_LONG: Final = 20_000
_LARGE: Final = 120
_SPECIMENS: dict[str, tuple[Any, ...]] = {
    "null": (None,),
    "boolean": (True, False),
    "number": (0, 1, -1, 0.5, 7, 1e9),
    "string": ("", "x", "text", "0", "가"),
    "array": ([], ["x"], [0], [None]),
    "object": ({}, {"x": 0}, {"x": "x"}),
}


class Refuter:
    """
    Looks for counterexamples among what the sender may say.

    Args:
        tries: how many candidates are judged for one rule.
    """

    def __init__(self, sender: Universe, receiver: Universe, prover: Prover, tries: int = _TRIES) -> None:
        self._sender = sender
        self._receiver = receiver
        self._prover = prover
        self._tries = tries
        self._judges: dict[tuple[int, tuple[int, ...]], tuple[Judges, Parts]] = {}
        self._generators: dict[tuple[int, ...], Generator | None] = {}
        self._asked = 0
        self._sizes: dict[tuple[int, ...], tuple[bool, Parts]] = {}
        self._values: dict[tuple[tuple[int, ...], int], Any] = {}

    def refute(self, root: Parts, wanted: Parts, suspect: Suspect) -> Counterexample | None:
        """
        Return an instance of *root* that *wanted* refuses because of *suspect*.

        Where the whole would be large, and the sender may put whatever it likes at a place, the part is enough.
        """
        self._asked += 1
        below, sender, receiver = suspect.choice or (0, suspect.sender, suspect.receiver)
        split = len(suspect.chain) - below
        before, after = suspect.chain[:split], suspect.chain[split:]
        ours, theirs = self.judges(self._sender, sender), self.judges(self._receiver, receiver)
        plain = self._prover.plain(before)
        for value in islice(self._local(suspect), self._tries if self._asked <= _THOROUGH else _TRIES // 4):
            for part in self._lifted(after, value):
                if not (ours.agree(part, True) and theirs.agree(part, False)):
                    continue
                if not before:
                    return Counterexample(part)
                if not (plain and self._large(root)):
                    for whole in self._lifted(before, part):
                        if self._refuted(root, wanted, whole):
                            return Counterexample(whole)
                if plain and self._large(root):
                    return Counterexample(part, tuple(step for step, _ in before))
        return None

    def _refuted(self, root: Parts, wanted: Parts, instance: Any) -> bool:
        ours, theirs = self.judges(self._sender, root), self.judges(self._receiver, wanted)
        return ours.agree(instance, True) and theirs.agree(instance, False)

    def _large(self, root: Parts) -> bool:
        key = tuple(id(part.schema) for part in root)
        if key not in self._sizes:
            self._sizes[key] = (size_of(self._sender.document(root), _WHOLE) > _WHOLE, root)
        return self._sizes[key][0]

    def search(self, root: Parts, wanted: Parts) -> Any:
        """
        Return any instance of *root* that *wanted* refuses, or ``NOTHING``.
        """
        ours, theirs = self.judges(self._sender, root), self.judges(self._receiver, wanted)
        for value in islice(self._whole(root, wanted), _CANDIDATES):
            if ours.agree(value, True) and theirs.agree(value, False):
                return value
        return NOTHING

    def judges(self, universe: Universe, parts: Parts) -> Judges:
        """
        Both engines on a conjunction, compiled once.
        """
        key = (id(universe), tuple(id(part.schema) for part in parts))
        found = self._judges.get(key)
        if found is None:
            while len(self._judges) >= _KEPT:
                del self._judges[next(iter(self._judges))]
            found = self._judges[key] = (Judges(universe.document(parts)), parts)
        return found[0]

    def _local(self, suspect: Suspect) -> Iterator[Any]:
        """
        Values that the sender may say at the suspect's place, and the receiver perhaps refuses there.
        """
        ours = self.judges(self._sender, suspect.sender)
        theirs = self.judges(self._receiver, suspect.receiver)
        seen: list[Any] = []
        for value in islice(self._candidates(suspect), _CANDIDATES):
            if ours.first(value) and theirs.first(value) is False and value not in seen[-20:]:
                seen.append(value)
                yield value

    def _candidates(self, suspect: Suspect) -> Iterator[Any]:
        ours = self._prover.flat(self._sender, suspect.sender)
        theirs = self._prover.flat(self._receiver, suspect.receiver)
        yield from ours.values or ()
        yield from _constants([part.schema for part in (*suspect.receiver, *suspect.sender)])
        made = list(self._made(suspect.sender))
        yield from _specimens(ours)
        for value in made:
            yield value
            yield from _bent(value, ours, theirs, suspect)
        for kind in sorted(ours.types):
            for value in _SPECIMENS[kind]:
                yield from _bent(value, ours, theirs, suspect)
        if self._asked <= _THOROUGH:
            yield from self._subtracted(suspect.sender, suspect.receiver)
            yield from self._broken(suspect.receiver, made)

    def _whole(self, root: Parts, wanted: Parts) -> Iterator[Any]:
        yield from self._subtracted(root, wanted)
        made = list(self._made(root))
        yield from made
        yield from self._broken(wanted, made)

    def _broken(self, wanted: Parts, made: list[Any]) -> Iterator[Any]:
        document = self._receiver.document(wanted)
        judge = self.judges(self._receiver, wanted)
        for value in made[:2]:
            if isinstance(document, dict) and size_of(value, _SIZE) < _SIZE and judge.first(value):
                for invalid in invalidate(document, value, "compatibility"):
                    yield invalid.instance

    def _subtracted(self, sender: Parts, receiver: Parts) -> Iterator[Any]:
        schema = self._prover.canonical.difference(sender, receiver)
        if not isinstance(schema, dict) or schema.get("not") == {} or size_of(schema, _LARGE) > _LARGE:
            return
        for seed in range(_SEEDS):
            try:
                yield Generator(schema, examples=False).generate(
                    f"difference {seed}", optional=None if seed % 2 else 0.0
                )
            except (Ungeneratable, ValueError):
                return

    def _made(self, parts: Parts) -> Iterator[Any]:
        for seed in range(_SEEDS):
            value = self._value(parts, seed)
            if value is not NOTHING:
                yield value

    def _value(self, parts: Parts, seed: int) -> Any:
        """
        Make a value once; the seed also decides how much of what is optional is there.
        """
        key = (tuple(id(part.schema) for part in parts), seed)
        if key not in self._values:
            self._values[key] = NOTHING
            slow = seed > 0 and size_of(self._sender.document(parts), _QUICK) > _QUICK
            hard = seed > 0 and self._value(parts, 0) is NOTHING  # what was too hard once is not tried again
            generator = None if slow or hard else self._generator(parts)
            if generator is not None:
                with suppress(Ungeneratable):
                    self._values[key] = generator.generate(
                        f"compatibility {seed}", optional=_OPTIONAL[seed], depth=3, size=_SIZE
                    )
        return self._values[key]

    def _generator(self, parts: Parts) -> Generator | None:
        key = tuple(id(part.schema) for part in parts)
        if key not in self._generators:
            while len(self._generators) >= _KEPT:
                del self._generators[next(iter(self._generators))]
            document = self._sender.document(parts)
            self._generators[key] = None
            if size_of(document, _MAKEABLE) <= _MAKEABLE:
                judge = self.judges(self._sender, parts)
                with suppress(Ungeneratable, ValueError):
                    self._generators[key] = Generator(document, examples=False, is_valid=lambda v: bool(judge.first(v)))
        return self._generators[key]

    def _lifted(self, chain: Chain, value: Any) -> Iterator[Any]:
        """
        Put a value into the instances that lead to it.
        """
        if not chain:
            yield value
            return
        for seed in (0, 1):
            whole: Any = value
            for step, parts in reversed(chain):
                whole = self._around(step, parts, whole, seed)
                if whole is NOTHING:
                    break
            else:
                yield whole

    def _around(self, step: Any, parts: Parts, inner: Any, seed: int) -> Any:
        kind = "array" if isinstance(step, int) else "object"
        around: Any = [] if kind == "array" else {}
        for number in (seed, 0, 2):
            made = self._value(parts, number)
            if made is not NOTHING and type_of(made) == kind:
                around = made
                break
        if isinstance(step, int):
            items: list[Any] = list(around[: max(step, 1)])
            while len(items) <= step:
                items.append(inner)
            items[step] = inner
            least = self._prover.flat(self._sender, parts).bound("minItems") or 0
            return [*items, *(inner for _ in range(min(least, _LONG) - len(items)))]
        members: dict[str, Any] = dict(around)
        name = step
        if step == "*":
            flat = self._prover.flat(self._sender, parts)
            others = flat.others()
            name = next((n for n in (*members, *_NAMES) if n not in flat.names and flat.member(n) == others), _NAMES[0])
        members[name] = inner
        return members


class _Nothing:
    pass


NOTHING: Final = _Nothing()


def _constants(schema: Any) -> Iterator[Any]:
    """
    Values that a schema names.
    """
    pending, left = [schema], _CANDIDATES
    while pending and left > 0:
        left -= 1
        node = pending.pop()
        if isinstance(node, dict):
            yield from (node[key] for key in ("const",) if key in node)
            yield from node.get("enum", ()) if isinstance(node.get("enum"), list) else ()
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def _specimens(ours: Flat) -> Iterator[Any]:
    for kind in sorted(ours.types):
        yield from _SPECIMENS[kind]


def _bent(value: Any, ours: Flat, theirs: Flat, suspect: Suspect) -> Iterator[Any]:
    """
    Bend a value towards where the receiver's rules end.
    """
    if isinstance(value, str):
        yield from _texts(value, ours, theirs)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        for flat in (theirs, ours):
            for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
                bound = flat.bound(keyword)
                if bound is not None:
                    yield from (bound, bound - 1, bound + 1, bound + 0.5, bound - 0.5, bound + 0.001, bound - 0.001)
        for rule in (*theirs.rules, *ours.rules):
            if rule.keyword == "multipleOf":
                yield from (rule.value, rule.value * 3, rule.value * 7, rule.value / 2, -rule.value)
        yield from (value + 1, value + 0.5, 10**12, -(10**12), 2**31, 2**63, -(2**63) - 1)
    elif isinstance(value, list):
        yield from _lists(value, theirs)
    else:
        yield from _objects(value, theirs, suspect)


def _texts(value: str, ours: Flat, theirs: Flat) -> Iterator[Any]:
    least, most = ours.bound("minLength") or 0, ours.bound("maxLength")
    for keyword in ("maxLength", "minLength"):
        bound = theirs.bound(keyword)
        if bound is not None and bound < _LONG:
            for length in (bound + 1, max(0, bound - 1)):
                yield (value or "x")[:1] * length
                yield ((value or "x") * (length // max(1, len(value)) + 1))[:length]
    given = [own.value for own in ours.rules if own.keyword == "pattern"]
    for rule in theirs.rules:
        if rule.keyword == "pattern" and (text := escaping(given, rule.value, least, most)) is not None:
            yield text
        if rule.keyword == "x-max-bytes":
            count = min(int(rule.value.get("max", 0)) + 1, _LONG)
            yield "x" * count
            yield "가" * (count // 2 + 1)
    yield from ("", " ", f" {value}", f"{value} ", f"{value}-", f"{value}_", value.upper(), value.lower(), value[:-1])
    for char in "aZ9-_. 가é!/\n":
        yield char * max(1, least)
        yield f"{value}{char}" if most is None or len(value) < most else f"{value[:-1]}{char}"
        yield f"{char}{value[1:]}"
    yield from ("not a format", "2024-02-30", "2024-01-01", "2024-01-01T00:00:00Z", "a@b.example", "1.2.3.4", "::1")


def _lists(value: list[Any], theirs: Flat) -> Iterator[Any]:
    items = value or [0]
    for keyword in ("maxItems", "minItems"):
        bound = theirs.bound(keyword)
        if bound is not None and bound < _LONG:
            yield [items[0]] * (bound + 1)
            yield (value * (bound + 1))[: bound + 1]
            yield (value * max(1, bound))[: max(0, bound - 1)]
    yield from ([], [*value, items[0]], [items[0], items[0]], value[:1], [items[0]] * 3)


def _objects(value: dict[str, Any], theirs: Flat, suspect: Suspect) -> Iterator[Any]:
    for name in theirs.required:
        yield {key: member for key, member in value.items() if key != name}
    for name in value:
        yield {key: member for key, member in value.items() if key != name}
    yield {}
    for rule in theirs.rules:
        if rule.keyword in {"dependentRequired", "dependentSchemas"}:
            for name in rule.value:
                yield {**value, name: value.get(name, "x")}
                yield {name: value.get(name, "x")}
    extra = [suspect.name] if suspect.name not in {"", "*"} else []
    extra.extend(UNDECLARED)
    odd: tuple[Any, ...] = ("x", 0, None, [], {}, True)
    for name in (*extra, "another", "Another-1", "x-other", "a" * 200):
        for member in odd:
            yield {**value, name: member}
    for keyword in ("maxProperties", "minProperties"):
        bound = theirs.bound(keyword)
        if bound is not None and bound < 1000:
            for start in ("more", UNDECLARED[0]):
                yield {**value, **{f"{start}{index}": next(iter(value.values()), 0) for index in range(bound + 1)}}
            yield dict(list(value.items())[: max(0, bound - 1)])
