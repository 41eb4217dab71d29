"""
Which faults are tried: every place where an operator can change a room's code, and a seeded sample of them.

What cannot change behaviour is no place: annotations, docstrings, imports for the type checker, ``__all__``,
``__slots__``, overloads; how an argument may be passed (types hold that); ``is`` with a text or a number (the compiler
warns).
"""

from __future__ import annotations

import ast
import difflib
import random
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from tests.mutants._statements import RemoveCall

_LEFT_OUT = ("core/NoOp", "core/VariableReplacer", "core/VariableInserter")


@dataclass(frozen=True, order=True)
class Mutant:
    """
    One small fault: an operator at its n-th place in a file.
    """

    path: str
    line: int
    operator: str
    occurrence: int
    inside: str
    was: str
    becomes: str

    @property
    def name(self) -> str:
        """
        What a survivor is listed by; it holds while the line stands, wherever the line moves.
        """
        return f"{self.path}: {self.inside}: {self.was} -> {self.becomes}"


@cache
def operators() -> dict[str, Any]:
    """
    Return the operators by name.
    """
    found = {"aegis/RemoveCall": RemoveCall()}
    for name in cosmic_ray.plugins.operator_names():
        kind = cosmic_ray.plugins.get_operator(name)
        if name not in _LEFT_OUT and not kind.arguments():
            found[name] = kind()
    return dict(sorted(found.items()))


def sample(root: Path, files: Iterable[str], count: int, seed: int) -> list[Mutant]:
    """
    Return *count* mutants of *files*, the same ones for the same *seed*; a kind of fault is drawn before its place, so
    that the many replacements of one comparison do not crowd out the rest.
    """
    by_kind: dict[str, list[tuple[str, int, str, int]]] = {}
    for path in sorted(files):
        for place in _places(root, path):
            by_kind.setdefault(place[2].split("_")[0], []).append(place)
    dice, chosen, kinds = random.Random(seed), [], sorted(by_kind)
    for kind in kinds:
        dice.shuffle(by_kind[kind])
    seen: set[str] = set()
    while len(chosen) < count and any(by_kind.values()):
        for kind in kinds:
            if by_kind[kind] and len(chosen) < count:
                mutant = _mutant(root, *by_kind[kind].pop())
                if mutant is not None and mutant.name not in seen:
                    seen.add(mutant.name)
                    chosen.append(mutant)
    return sorted(chosen)


def mutated(root: Path, mutant: Mutant) -> str:
    """
    Return the file's text with the fault in it.
    """
    text = (root / mutant.path).read_text(encoding="utf-8")
    changed = mutate_code(text, operators()[mutant.operator], mutant.occurrence)
    assert isinstance(changed, str), mutant
    return changed


def _mutant(root: Path, path: str, line: int, operator: str, occurrence: int) -> Mutant | None:
    before = (root / path).read_text(encoding="utf-8")
    try:
        after = mutate_code(before, operators()[operator], occurrence)
    except AttributeError:  # cosmic-ray puts no other exception in the place of `module.Name`
        return None
    if after is None or _meaning(after) in (None, _meaning(before)):
        return None
    changes = [part for part in difflib.ndiff(before.splitlines(), after.splitlines()) if part[:2] in {"- ", "+ "}]
    was, becomes = (" ".join(part[2:].strip() for part in changes if part[0] == sign) for sign in "-+")
    return Mutant(path, line, operator, occurrence, _definition(before, line), was, becomes)


def _definition(text: str, line: int) -> str:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    around = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds) and node.lineno <= line <= node.end_lineno
    ]
    return ".".join(node.name for node in sorted(around, key=lambda node: node.lineno)) or "module"


def _meaning(text: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)
            compile(text, "mutant", "exec")
        tree = ast.parse(text)
    except SyntaxError:  # what cannot be read, or is warned of, is no fault that a person makes
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            node.args, node.posonlyargs, node.kwonlyargs = [*node.posonlyargs, *node.args, *node.kwonlyargs], [], []
            node.defaults, node.kw_defaults = [*node.defaults, *filter(None, node.kw_defaults)], []
    return ast.dump(tree)


def _places(root: Path, path: str) -> Iterator[tuple[str, int, str, int]]:
    text = (root / path).read_text(encoding="utf-8")
    passed_over = _without_effect(ast.parse(text))
    tree = get_ast(text)
    for name, operator in operators().items():
        positions = (place for node in ast_nodes(tree) for place in operator.mutation_positions(node))
        for occurrence, (start, end) in enumerate(positions):
            if not any(low <= start and end <= high for low, high in passed_over):
                yield path, start[0], name, occurrence


def _without_effect(tree: ast.Module) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    found: list[ast.AST] = [node for node in tree.body if isinstance(node, ast.Assign) and _is_alias(node)]
    marks: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign():
                found.append(node.annotation)
            case ast.arg() if node.annotation:
                found.append(node.annotation)
            case ast.FunctionDef() | ast.AsyncFunctionDef() if any(_is_overload(each) for each in node.decorator_list):
                found.append(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node.returns:
                found.append(node.returns)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Import() | ast.ImportFrom():
                found.append(node)
            case ast.Expr(value=ast.Constant(value=str())):
                found.append(node)
            case ast.Assign(targets=[ast.Name(id="__all__" | "__slots__")]):
                found.append(node)
            case ast.ClassDef():  # slots, frozen and the like are held by types, not by behaviour
                found.extend(node.decorator_list)
                marks.update(map(id, node.decorator_list))
            case ast.Assert():  # it narrows a type for the checker; no check of ours hangs on one
                found.append(node)
    # A decorator begins with its @, which stands before the expression.
    return [((n.lineno, 0) if id(n) in marks else _start(n), (n.end_lineno, n.end_col_offset)) for n in found]  # type: ignore[attr-defined]


def _start(node: Any) -> tuple[int, int]:
    """
    Return where *node* begins: a function with its decorators.
    """
    decorators = getattr(node, "decorator_list", ())
    return (decorators[0].lineno, 0) if decorators else (node.lineno, node.col_offset)


def _is_overload(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Name) and decorator.id == "overload"


def _is_alias(node: ast.Assign) -> bool:
    parts = [part for part in ast.walk(node.value) if not isinstance(part, ast.Load | ast.BitOr)]
    written = ast.Name | ast.BinOp | ast.Constant | ast.Subscript | ast.Attribute
    return isinstance(node.value, ast.BinOp | ast.Subscript) and all(isinstance(part, written) for part in parts)
