"""
The members of objects and arrays: what a sender may put there, held to what the receiver takes there.
"""

from __future__ import annotations

from aegis_contracts.compatibility._flat import Flat, Group, Parts, Rule, below
from aegis_contracts.compatibility._patterns import included
from aegis_contracts.compatibility._universe import UNDECLARED_PATTERN, Node
from aegis_contracts.compatibility.proof._suspect import Chain, Proof, Suspect
from aegis_contracts.json_pointer import join


def properties(proof: Proof, ours: Flat, theirs: Flat, chain: Chain) -> list[Suspect]:
    found: list[Suspect] = []
    for name in dict.fromkeys([*theirs.names, *ours.names]):
        sent = ours.member(name)
        if sent is None or any(part.schema is False for part in sent):
            continue
        step = (*chain, (name, ours.parts))
        taken = theirs.member(name)
        if taken is None or any(part.schema is False for part in taken):
            place = _forbids(theirs, taken)
            if not proof.flat(proof.sender, sent).never:
                found.append(
                    proof.suspect(
                        "additionalProperties", ours.parts, theirs.parts, chain, name=name, at=place,
                        by=sent[0].place if sent else "",
                    )
                )  # fmt: skip
            continue
        found.extend(proof.suspects(sent, taken, step))
    sent, taken = ours.others(), theirs.others()
    if sent is None:
        return [*found, *_patterned(proof, ours, theirs, chain)]
    step = (*chain, ("*", ours.parts))
    if taken is None:
        place = _forbids(theirs, None)
        found.append(proof.suspect("additionalProperties", ours.parts, theirs.parts, chain, name="*", at=place))
    else:
        found.extend(proof.suspects(sent, taken, step))
    return [*found, *_patterned(proof, ours, theirs, chain)]


def items(proof: Proof, ours: Flat, theirs: Flat, chain: Chain) -> list[Suspect]:
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
        found.extend(proof.suspects(sent, taken, step))
    return found


def _patterned(proof: Proof, ours: Flat, theirs: Flat, chain: Chain) -> list[Suspect]:
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
            if not any(part.schema is False for part in one) and proof.suspects(one, two, step):
                if pattern == UNDECLARED_PATTERN:
                    at = _forbids(theirs, two)
                    found.append(
                        proof.suspect("additionalProperties", ours.parts, theirs.parts, chain, name="*", at=at)
                    )
                    continue
                rule = Rule("patternProperties", pattern, group.node)
                place = f"{rule.place}{join(pattern)}"
                found.append(
                    proof.suspect("patternProperties", ours.parts, theirs.parts, chain, name=pattern, at=place)
                )
    return list({suspect.name: suspect for suspect in found}.values())


def _of_pattern(group: Group, pattern: str) -> Parts:
    """
    The schemas of each pattern that matches all names that this one matches.
    """
    return tuple(
        below(group.node, "patternProperties", other) for other in group.patterns if included((pattern,), other)
    )


def _forbids(theirs: Flat, taken: Parts | None) -> str:
    for part in taken or ():
        if part.schema is False:
            return part.place
    for group in theirs.groups:
        if group.additional is False:
            return f"{group.node.place}/additionalProperties"
    return theirs.parts[0].place if theirs.parts else ""
