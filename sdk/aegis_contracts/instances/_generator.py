"""
From schema and seed to a value that the verdict accepts.

A value is built so that it should be valid, then judged. Where it is not, the places that the judge names are made
anew with other choices, and their surroundings if that does not help, while everything else stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from aegis_contracts.instances._context import Conflict, Context, Exhausted, Json, Trouble, Ungeneratable, mix, start
from aegis_contracts.instances._document import Document, Node
from aegis_contracts.instances._workshop import TANGLED, Workshop
from aegis_contracts.json_pointer import join

if TYPE_CHECKING:
    import jsonschema_rs

DEPTH: Final = 5
SIZE: Final = 200
_ATTEMPTS: Final = 24
_WORK: Final = 12_000


class Generator:
    """
    A schema, ready to make values; parts of it are analysed when first needed, and kept.

    Args:
        schema: a self-contained JSON Schema 2020-12.
        examples: use `examples`, `example` and `default` where they are valid.
        is_valid: the verdict, if somebody has compiled the schema already.
        engine: judges objects of the document's definitions by name, if somebody has compiled them all already.
    """

    def __init__(
        self,
        schema: Mapping[str, Any] | bool,
        *,
        examples: bool = True,
        is_valid: Callable[[Any], bool] | None = None,
        engine: jsonschema_rs.Validator | None = None,
    ) -> None:
        self._workshop = Workshop(Document(schema), engine)
        self._node = self._workshop.document.root
        self._examples = examples
        self._is_valid = is_valid

    def at(
        self, pointer: str, *, is_valid: Callable[[Any], bool] | None = None, examples: bool | None = None
    ) -> Generator:
        """
        A generator for the subschema at a JSON pointer such as `/$defs/User`, which shares all analysis with this one.
        """
        found = object.__new__(Generator)
        found._workshop = self._workshop
        try:
            found._node = self._workshop.document.at(pointer)
        except Conflict as conflict:
            raise Ungeneratable(pointer, conflict.keyword, conflict.reason) from None
        found._examples = self._examples if examples is None else examples
        found._is_valid = is_valid
        return found

    @property
    def node(self) -> Node:
        """
        The subschema that values are made for.
        """
        return self._node

    @property
    def workshop(self) -> Workshop:
        """
        What is known about the document so far.
        """
        return self._workshop

    def is_valid(self, instance: Any) -> bool:
        """
        Say whether *instance* satisfies the schema.
        """
        if self._is_valid is None:
            self._is_valid = self._workshop.judge(self._node).is_valid
        return self._is_valid(instance)

    def generate(
        self, seed: str, *, name: str = "", optional: float | None = None, depth: int = DEPTH, size: int = SIZE
    ) -> Json:
        """
        Make a valid value; the same seed makes the same value, in every process.

        Args:
            seed: any text.
            name: what the value is called, such as the property that it is for; it makes the value more realistic.
            optional: the chance that an optional property is there; by default all are, as far as depth and size allow.
            depth: from this nesting on, only what is required is made.
            size: about how many values are made before only what is required is made.

        Raises:
            Ungeneratable: no valid value exists, or none was found within the budget.
        """
        if (known := self._workshop.failed.get(self._node)) is not None:
            raise Ungeneratable(known.pointer, known.keyword, known.reason)
        self._workshop.begin()
        state = start(seed)
        trouble: Trouble = {}
        last: Conflict | None = None
        refused: jsonschema_rs.ValidationError | None = None
        work, exhausted = _WORK, 0
        for attempt in range(_ATTEMPTS):
            context = Context(
                state,
                left=size,
                deepest=depth,
                work=work,
                optional=optional,
                examples=self._examples and attempt < _ATTEMPTS // 2,
                trouble=trouble or None,
            )
            try:
                value = self._workshop.plan((self._node,)).make(context, name)
            except Conflict as conflict:
                last = conflict
                work = context.work
                if attempt >= 3:
                    break
                trouble[None] = trouble.get(None, 0) + 1
                state = mix(state, attempt + 1)
                continue
            except (Exhausted, RecursionError):
                last = Conflict(self._node.pointer, "budget", "the schema is too entangled for the budget of work")
                depth, size, work = max(1, depth - 2), size // 4, _WORK // 4
                exhausted += 1
                if exhausted > 2:
                    break
                continue
            if self.is_valid(value):
                return value
            last = None
            work = max(context.work, _WORK // 20)
            refused = self._note(trouble, value)
        if last is not None or refused is None:
            last = last or Conflict(self._node.pointer, "verdict", "the verdict refuses what the schema seems to admit")
            if last.keyword == "budget":
                self._workshop.failed[self._node] = last  # the next value would cost as much, and fail as well
            raise Ungeneratable(last.pointer, last.keyword, last.reason)
        steps = [str(step) for step in refused.schema_path if step != "$ref"]
        pointer = self._node.pointer + join(*steps[:-1])
        raise Ungeneratable(pointer, refused.kind.name, "what was built in many ways was refused every time")

    def _note(self, trouble: Trouble, value: Json) -> jsonschema_rs.ValidationError | None:
        """
        Remember where *value* failed: there first, and the longer it fails, the further around it.
        """
        last: jsonschema_rs.ValidationError | None = None
        if self._workshop.ways(self._node) >= TANGLED:
            # The engine would list what is wrong on every way through the branches, which multiply.
            trouble[None] = trouble.get(None, 0) + 1
            return None
        for path, error in self._workshop.judge(self._node).errors(value):
            last = error
            chain: list[Trouble] = [trouble]
            for token in path:
                chain.append(chain[-1].setdefault(token, {}))
            place = chain[-1]
            place[None] = place.get(None, 0) + 1
            for distance in range(1, len(chain)):
                if place[None] > 2 * distance:
                    around = chain[-1 - distance]
                    around[None] = around.get(None, 0) + 1
        if last is None:
            trouble[None] = trouble.get(None, 0) + 1
        return last


def generate(
    schema: Mapping[str, Any] | bool,
    seed: str,
    *,
    name: str = "",
    optional: float | None = None,
    examples: bool = True,
    depth: int = DEPTH,
    size: int = SIZE,
) -> Json:
    """
    Make a value that *schema* accepts; the same schema and seed make the same value, in every process.

    For more than one value of a schema make a `Generator`, which analyses it once.

    Raises:
        Ungeneratable: no valid value exists, or none was found within the budget.
    """
    return Generator(schema, examples=examples).generate(seed, name=name, optional=optional, depth=depth, size=size)
