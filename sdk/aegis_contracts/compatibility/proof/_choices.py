"""
Choices (``oneOf``, ``anyOf``): which branch of the receiver takes what the sender may say.
"""

from __future__ import annotations

from typing import Any, Final

from aegis_contracts.compatibility._flat import Flat, Parts, Rule, below, same
from aegis_contracts.compatibility._universe import Node, Universe
from aegis_contracts.compatibility.proof._extent import accepts, types_of
from aegis_contracts.compatibility.proof._measures import mentions
from aegis_contracts.compatibility.proof._suspect import Chain, Proof, Suspect

_BRANCHES: Final = 24


def choice(proof: Proof, ours: Flat, choice: Rule, chain: Chain) -> tuple[Suspect, ...]:
    for own in ours.choices:
        if own.keyword == choice.keyword and is_alike(proof, own.value, choice.value):
            return ()
    branches = [below(choice.node, choice.keyword, index) for index in range(len(choice.value))]
    near = [branch for branch in branches[: 4 * _BRANCHES] if _plausible(proof, ours, branch)]
    found: tuple[Suspect, ...] = ()
    for branch in near:
        found = proof.suspects(ours.parts, (branch,), chain)
        if not found and (
            choice.keyword == "anyOf" or all(_apart(proof, ours, other) for other in branches if other is not branch)
        ):
            return ()
    meant = near if len(near) == 1 else [branch for branch in near if _counterpart(ours, branch)]
    if len(meant) == 1 and not ours.choices and (found := proof.suspects(ours.parts, (meant[0],), chain)):
        whole = (choice.node,)
        deep = len(chain)  # there is but one branch that was meant; the choice as a whole must refuse all the same
        return tuple(s._replace(choice=(len(s.chain) - deep, ours.parts, whole)) for s in found)
    suspect = proof.suspect(choice.keyword, ours.parts, (choice.node,), chain, at=choice.place)
    return (suspect,)


def split(proof: Proof, ours: Flat, receiver: Parts, chain: Chain) -> tuple[Suspect, ...] | None:
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
            for suspect in proof.suspects((*ours.parts, taken), receiver, chain):
                found.setdefault((suspect.keyword, suspect.path, suspect.receiver_place, suspect.name), suspect)
        return tuple(found.values())
    return None


def is_alike(proof: Proof, own: Any, other: Any) -> bool:
    if own != other:
        return False
    return not mentions(own, "$ref") or _closure(proof.sender, own) == _closure(proof.receiver, other)


def _plausible(proof: Proof, ours: Flat, branch: Node) -> bool:
    """
    Overlook a branch that the sender's schema plainly does not fit in, before any work is spent on it.
    """
    theirs = proof.flat(proof.receiver, (branch,))
    if theirs.never or not types_of(ours) <= theirs.types:
        return False
    return not _tagged_apart(proof, ours, theirs)


def _apart(proof: Proof, ours: Flat, other: Node) -> bool:
    theirs = proof.flat(proof.receiver, (other,))
    if theirs.never or not types_of(ours) & theirs.types or _tagged_apart(proof, ours, theirs):
        return True
    if ours.values is not None:
        document = proof.receiver.document((other,))
        return not any(accepts(document, value) for value in ours.values)
    return proof.canonical.apart(ours.parts, (other,))


def _tagged_apart(proof: Proof, ours: Flat, theirs: Flat) -> bool:
    for name in ours.required:
        if name not in theirs.names:
            continue
        mine = proof.flat(proof.sender, ours.member(name) or ()).values
        other = proof.flat(proof.receiver, theirs.member(name) or ()).values
        if mine is not None and other is not None and not any(same(a, b) for a in mine for b in other):
            return True
    return False


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


def _closure(universe: Universe, value: Any) -> Any:
    return universe.document((Node({"allOf": [value]} if not isinstance(value, list) else {"anyOf": value}, ""),))
