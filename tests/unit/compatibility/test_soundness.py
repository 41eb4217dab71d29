"""
What is called proved holds: proofs against instances, automata against the engine.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from aegis_contracts import Verdict
from aegis_contracts.compatibility import Counterexample, Proved, Undecided, compare
from aegis_contracts.compatibility._automata import Automaton
from aegis_contracts.instances import Generator, Ungeneratable, invalidate

PATTERNS = [
    r"^a",
    r"b$",
    r"^a*$",
    r"a+b?",
    r"^(ab|cd)+$",
    r"\d{2,3}",
    r"^\w+$",
    r"\s",
    r"^[^a-z]$",
    r".",
    r"^.$",
    r"^[\s\S]$",
    r"a|^b",
    r"^$",
    r"^(?:a|b){2}$",
    r"[\w-]+@[\w.]+",
    r"^\D$",
    r"^\W$",
    r"^\S+$",
    r"\.",
    r"^a{2,}$",
    r"^[a\-z]$",
    r"^(a|b)*c?$",
    r"x*",
    r"^\u00e9$",
    r"^[\d.]+$",
    r"^a.c$",
    r"(^a|b$)",
    r"^a?b+c*$",
]
TEXTS = (
    "", "a", "b", "ab", "abc", "cd", "abcd", "12", "123", "1", "_", "-", "\n", "\r", "\u2028", "\u0085", "a\nc", "é",
    "가", "٣", "\u00a0", "\ufeff", "\u180e", "\x0b", "\x1c", "A", "a@b", "a.b", "aa", "aaa", "😀", "a😀c", "ſ",
)  # fmt: skip
ODD: list[Any] = [None, True, 0, 1, -1, 0.5, "", "a", "ab", [], ["a"], [None, None], {}, {"a": 1}, {"b": 1, "x": None}]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_automaton_takes_what_the_engine_takes(pattern: str) -> None:
    """
    Patterns are compared as automata that accept exactly the texts that the verdict accepts.
    """
    automaton, verdict = Automaton(pattern), Verdict({"pattern": pattern})
    for text in TEXTS:
        states = automaton.start
        for character in text:
            states = automaton.step(states, ord(character))
        assert automaton.accepts(states) is verdict.is_valid(text), text


def schema(chance: random.Random, depth: int = 0) -> Any:
    """
    Make some schema.
    """
    kind = chance.random()
    if depth > 2 or kind < 0.3:
        leaves: list[Any] = [
            True,
            {"enum": chance.sample(["a", "ab", 1, 2.5, True, None, {}, []], 3)},
            {"type": "string", "minLength": chance.randint(0, 2), "pattern": chance.choice(PATTERNS)},
            {"type": "string", "maxLength": chance.randint(1, 3)},
            {"type": chance.choice(["integer", "number"]), "minimum": chance.randint(-2, 2)},
            {"type": "number", "multipleOf": chance.choice([1, 0.5, 2]), "maximum": chance.randint(0, 9)},
            {"type": chance.sample(["string", "integer", "null", "object", "array"], 2)},
        ]
        return chance.choice(leaves)
    if kind < 0.65:
        names = chance.sample("abcd", chance.randint(0, 3))
        found: dict[str, Any] = {"properties": {name: schema(chance, depth + 1) for name in names}}
        if chance.random() < 0.8:
            found["type"] = "object"
        extras: list[Any] = [
            {"required": chance.sample("abcd", 2)},
            {"additionalProperties": chance.choice([False, {"type": "string"}])},
            {"patternProperties": {"^a": schema(chance, depth + 1)}},
            {"dependentRequired": {"a": ["b"]}, "maxProperties": 3},
            {"unevaluatedProperties": False},
        ]
        return {**found, **chance.choice(extras)}
    if kind < 0.8:
        return {"type": "array", "items": schema(chance, depth + 1), "maxItems": chance.randint(0, 3)}
    if kind < 0.97:
        return {chance.choice(["allOf", "anyOf", "oneOf"]): [schema(chance, depth + 1), schema(chance, depth + 1)]}
    return {"not": schema(chance, depth + 1)}


def changed(chance: random.Random, given: Any) -> Any:
    """
    Change a schema in one place.
    """
    if not isinstance(given, dict) or chance.random() < 0.3:
        return schema(chance, 1)
    name = chance.choice(sorted(given))
    inner = given[name]
    if name == "properties":
        return {**given, name: {k: changed(chance, v) if chance.random() < 0.5 else v for k, v in inner.items()}}
    if name in {"items", "not"}:
        return {**given, name: changed(chance, inner)}
    return {key: value for key, value in given.items() if key != name}


@pytest.mark.parametrize("seed", range(12))
def test_no_instance_contradicts_a_proof(seed: int) -> None:
    """
    Of 600 pairs of odd schemas nothing is called proved that an instance refutes, and few stay undecided.
    """
    chance = random.Random(seed)
    undecided = 0
    for _ in range(50):
        old = schema(chance)
        new = changed(chance, old)
        ours, theirs = Verdict(old), Verdict(new)
        found = compare(old, new).outcome
        undecided += isinstance(found, Undecided)
        if isinstance(found, Counterexample):
            assert ours.is_valid(found.instance), (old, new)
            assert not theirs.is_valid(found.instance), (old, new)
        if isinstance(found, Proved):
            for value in values(old, new, theirs):
                assert not ours.is_valid(value) or theirs.is_valid(value), (old, new, value)
    assert undecided < 6


def values(old: Any, new: Any, theirs: Verdict) -> list[Any]:
    """
    Make instances of the one schema, and some that the other refuses.
    """
    made = list(ODD)
    generator = Generator(old, examples=False)
    for seed in range(4):
        try:
            value = generator.generate(str(seed), optional=(None, 0.0, 0.5, 0.8)[seed])
        except Ungeneratable:
            break
        made.append(value)
        if seed == 0 and theirs.is_valid(value):
            made.extend(invalid.instance for invalid in invalidate(new, value, "soundness"))
    return made
