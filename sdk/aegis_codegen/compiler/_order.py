"""
The order of definitions: what another one needs comes before it, as far as circles allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aegis_codegen.plan import Alias, Definition, Direction, Model, Named, Type, inner


def ordered(definitions: Mapping[tuple[str, Direction], Definition], direction: Direction) -> tuple[Definition, ...]:
    """
    List the definitions for *direction*, needed ones first.
    """
    chosen = {name: definition for (name, way), definition in definitions.items() if way == direction}
    done: dict[str, Definition] = {}
    visiting: set[str] = set()

    def visit(name: str) -> None:
        if name in done or name in visiting or name not in chosen:
            return
        visiting.add(name)
        for other in _needs(chosen[name]):
            visit(other)
        visiting.discard(name)
        done[name] = chosen[name]

    # An alias is evaluated when its module loads, so aliases go first into the depth.
    for name in sorted(chosen, key=lambda name: (not isinstance(chosen[name], Alias), name)):
        visit(name)
    return tuple(done.values())


def _needs(definition: Definition) -> Iterator[str]:
    kinds: list[Type] = []
    if isinstance(definition, Alias):
        kinds = [definition.type]
    elif isinstance(definition, Model):
        kinds = [field.type for field in definition.fields]
        kinds += [definition.extra] if definition.extra else []
    for kind in kinds:
        for part in inner(kind):
            if isinstance(part, Named):
                yield part.name
