"""
An operator that the library lacks: a statement that is one call is taken away.

A call made for its effect alone (a lock released, a bound kept, a metric counted) is what tests most easily forget.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import parso
from cosmic_ray.operators.operator import Example, Operator

Position = tuple[tuple[int, int], tuple[int, int]]


class RemoveCall(Operator):  # type: ignore[misc] # the library ships no types
    """
    Replaces a statement that only calls something by ``pass``.
    """

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        """
        Yield the place of *node* when it is such a statement.
        """
        if node.type == "expr_stmt" or node.parent is None or node.parent.type != "simple_stmt":
            return
        called = node.children[-1] if node.type in {"atom_expr", "await"} else None
        if node.type == "await" and called is not None and called.type == "atom_expr":
            called = called.children[-1]
        if node.type == "atom_expr" and node.children[0].type == "keyword":
            called = node.children[-1]
        if called is not None and called.type == "trailer" and called.children[0].value == "(":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """
        Return the statement that does nothing.
        """
        leaf = node.get_first_leaf()
        return parso.parse(f"{leaf.prefix}pass").children[0]

    @classmethod
    def examples(cls) -> Sequence[Example]:
        """
        Return what the library checks operators by.
        """
        return (Example("f(1)\n", "pass\n"),)
