"""
The open alternatives of one node: which subschemas could be added, one option at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from aegis_contracts.instances._context import Conflict
from aegis_contracts.instances._document import Document, Node
from aegis_contracts.instances.plans._negation import negations
from aegis_contracts.json_pointer import unescape

Option = tuple[Node, ...]
_MOST = 32


class Choice:
    """
    One keyword of *owner* that can be satisfied in several ways.

    Args:
        keyword: `anyOf`, `oneOf`, `if`, `not` or `dependentSchemas`.
        options: the ways, each a set of nodes to add.
        quiet: the options that only say null: taken seldom.
        branches: for `oneOf`, the bare branches, from which stricter options are made: this one and none of the others.
    """

    __slots__ = ("_document", "branches", "exclusive", "keyword", "options", "owner", "quiet", "ranks", "tagged")

    def __init__(
        self,
        document: Document,
        owner: Node,
        keyword: str,
        options: list[Option],
        *,
        quiet: frozenset[int] = frozenset(),
        branches: list[Node] | None = None,
    ) -> None:
        self._document = document
        self.owner = owner
        self.keyword = keyword
        self.options = options
        self.quiet = quiet
        self.branches = branches or []
        self.exclusive = keyword == "oneOf" and bool(self.branches)
        self.tagged = any(len(option) > 1 for option in options) and bool(self.branches)
        # To leave a property out is the surest way to violate a schema; to violate what a property is, the least sure.
        self.ranks = [_rank(option[0]) for option in options] if keyword == "not" else []

    def __len__(self) -> int:
        return len(self.options)

    def option(self, index: int) -> Option:
        """
        The nodes that option *index* adds; past the end stand the branches without their tags, then the stricter ones.
        """
        turn, chosen = divmod(index, len(self.options))
        if turn == 0:
            return self.options[chosen]
        if turn == 1:
            return (self.branches[chosen],)
        others = [branch for i, branch in enumerate(self.branches) if i != chosen]
        refused = tuple(self._document.synthetic(other, {"not": standing(other)}) for other in others)
        for node, other in zip(refused, others, strict=True):
            node.negations = negations(self._document, other)
        return (self.branches[chosen], *refused)


def _rank(option: Node) -> int:
    keywords = option.keywords
    if "properties" in keywords:
        return 2 if "required" in keywords else 0
    return 1


def standing(node: Node) -> Any:
    """
    The schema of *node*, for use inside a schema of our own.
    """
    return node.schema


def choices_of(document: Document, node: Node) -> Iterator[Choice]:
    """
    The choices that *node* leaves open.
    """
    keywords = node.keywords
    for keyword in ("anyOf", "oneOf"):
        if keyword in keywords:
            yield _branches(document, node, keyword)
    if "if" in keywords and ("then" in keywords or "else" in keywords):
        yield _conditional(document, node)
    for name in keywords.get("dependentSchemas", {}):
        given = document.synthetic(node, {"required": [name]})
        absent = document.synthetic(node, {"properties": {name: False}})
        then = document.child(node, "dependentSchemas", name)
        other = document.synthetic(node, {"type": ["null", "boolean", "number", "string", "array"]})
        options: list[Option] = [(given, then), (absent,), (other,)]
        yield Choice(document, node, "dependentSchemas", options, quiet=frozenset({2}))
    if "not" in keywords:
        ways = node.negations
        if ways is None:
            ways = node.negations = negations(document, document.child(node, "not"))
        if ways != (node,):
            yield Choice(document, node, "not", [(way,) for way in ways or (document.synthetic(node, False),)])


def _branches(document: Document, node: Node, keyword: str) -> Choice:
    branches = [document.child(node, keyword, index) for index in range(len(node.keywords[keyword]))]
    options = [_tagged(document, node, branch) for branch in branches] or [(document.synthetic(node, False),)]
    if keyword == "oneOf" and len(branches) <= _MOST and _all_twins(document, branches, options):
        raise Conflict(node.pointer, "oneOf", "every branch has an equal one, so no value matches exactly one")
    quiet = frozenset(i for i, branch in enumerate(branches) if branch.keywords.get("type") == "null")
    strict = branches if keyword == "oneOf" or any(len(option) > 1 for option in options) else None
    return Choice(document, node, keyword, options, quiet=quiet, branches=strict)


def _all_twins(document: Document, branches: list[Node], options: list[Option]) -> bool:
    """
    Tell whether each branch says the same as another one, and no tag tells them apart.
    """
    if len(branches) < 2 or any(len(option) > 1 for option in options):
        return False
    said = [document.target(branch).schema for branch in branches]
    return all(any(one == other for j, other in enumerate(said) if j != i) for i, one in enumerate(said))


def _tagged(document: Document, node: Node, branch: Node) -> Option:
    """
    The branch, with the discriminator's property set to the value that names it (OpenAPI 3.1 §4.8.25).
    """
    discriminator = node.keywords.get("discriminator")
    reference = branch.keywords.get("$ref")
    if not isinstance(discriminator, dict) or not isinstance(reference, str):
        return (branch,)
    rules = cast("dict[str, Any]", discriminator)
    name = rules.get("propertyName")
    if not isinstance(name, str):
        return (branch,)
    value = tag_for(rules, last_part(reference))
    target = document.target(branch).keywords
    own = target.get("properties", {}).get(name)
    if (
        isinstance(own, dict)
        and name in target.get("required", ())
        and [value] in _confined(cast("dict[str, Any]", own))
    ):
        return (branch,)
    return (branch, document.synthetic(node, {"properties": {name: {"const": value}}, "required": [name]}))


def _confined(keywords: dict[str, Any]) -> list[Any]:
    return [[keywords.get("const")], keywords.get("enum")]


def tag_for(discriminator: dict[str, Any], component: str) -> str:
    """
    The discriminator value that stands for *component*: the mapped one, or the component's own name.
    """
    mapping = discriminator.get("mapping")
    if isinstance(mapping, dict):
        for value, target in cast("dict[str, Any]", mapping).items():
            if isinstance(target, str) and last_part(target) == component:
                return value
    return component


def last_part(reference: str) -> str:
    """
    The component name at the end of a reference.
    """
    return unescape(reference.rpartition("/")[2])


def _conditional(document: Document, node: Node) -> Choice:
    condition = document.child(node, "if")
    options: list[Option] = []
    then = (document.child(node, "then"),) if "then" in node.keywords else ()
    otherwise = (document.child(node, "else"),) if "else" in node.keywords else ()
    options.append((condition, *then))
    options.extend((refused, *otherwise) for refused in negations(document, condition))
    return Choice(document, node, "if", options)
