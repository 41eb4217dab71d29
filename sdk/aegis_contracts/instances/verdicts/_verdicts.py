"""
Who decides whether a value satisfies a subschema: jsonschema-rs, with the options of every verdict in this house.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, urljoin

from aegis_contracts.instances._context import Ungeneratable
from aegis_contracts.instances._document import Document, Node
from aegis_contracts.json_pointer import escape, join, unescape
from aegis_contracts.schemas._discriminators import discriminated
from aegis_contracts.verdict._verdict import MaxBytes

if TYPE_CHECKING:
    import jsonschema_rs

_SAFE: Final = "/~!$&'()*+,;=:@"
_KEYWORDS: Final[dict[str, Any]] = {"x-max-bytes": MaxBytes}
# A validator holds all that it can reach. Where that is much, one is made for all definitions instead of one for each.
_FAR: Final = 150
_OFTEN: Final = 50
# A registry takes ten times what its document takes, and is read only while a judge is made: the latest are kept.
_RECENT: Final = 2


class Judge:
    """
    Decides about one subschema, or several together.

    Args:
        validator: what decides.
        key: where the value stands in what *validator* looks at, if it looks at all definitions at once.
    """

    __slots__ = ("_key", "_validator", "is_valid")

    def __init__(self, validator: jsonschema_rs.Validator, key: str | None = None) -> None:
        self._validator = validator
        self._key = key
        self.is_valid = validator.is_valid if key is None else self._is_valid

    def _is_valid(self, instance: Any) -> bool:
        return self._validator.is_valid({self._key: instance})

    def errors(self, instance: Any) -> Iterator[tuple[list[str | int], jsonschema_rs.ValidationError]]:
        """
        Every rule that *instance* breaks, and where in it.
        """
        shown = instance if self._key is None else {self._key: instance}
        for error in self._validator.iter_errors(shown):
            yield (error.instance_path if self._key is None else error.instance_path[1:]), error


class Verdicts:
    """
    The judges of one document.

    Args:
        engine: judges objects of the document's definitions by name, if somebody has compiled them all already.
    """

    def __init__(self, document: Document, engine: jsonschema_rs.Validator | None = None) -> None:
        self._document = document
        self._shared: jsonschema_rs.Validator | None = None
        self._engine = engine
        self._judges: dict[tuple[Node, ...], Judge] = {}

    def judge(self, *nodes: Node) -> Judge:
        """
        What decides whether a value satisfies all of *nodes*.

        Raises:
            Ungeneratable: a subschema is no schema at all (an unknown type, an unreadable pattern).
        """
        found = self._judges.get(nodes)
        if found is None:
            found = self._judges[nodes] = self._made(nodes)
        return found

    def _made(self, nodes: tuple[Node, ...]) -> Judge:
        if len(nodes) == 1:
            pointer = _definition(nodes[0])
            if pointer is not None and self._engine is not None:
                return Judge(self._engine, unescape(pointer.rpartition("/")[2]))
            if pointer is not None and (self._shared is not None or self._is_worth_all(nodes[0])):
                return Judge(self._all(), pointer)
        schemas = [self._standing(node) for node in nodes]
        schema: Any = schemas[0] if len(schemas) == 1 else {"allOf": schemas}
        return Judge(compiled(schema, nodes[0].pointer, registry=_registry(self._document)))

    def _all(self) -> jsonschema_rs.Validator:
        if self._shared is None:
            schema = cast("dict[str, Any]", self._document.schema)
            pointers = [f"/$defs/{escape(name)}" for name in schema["$defs"]]
            properties = {pointer: self._reference(pointer) for pointer in pointers}
            self._shared = compiled({"properties": properties}, registry=_registry(self._document))
        return self._shared

    def _is_worth_all(self, node: Node) -> bool:
        """
        Whether *node* reaches many definitions of the document, or many were judged one by one already.
        """
        if len(self._judges) >= _OFTEN:
            return True
        schema = self._document.schema
        definitions: dict[str, Any] = {} if isinstance(schema, bool) else schema.get("$defs", {})
        if len(definitions) < _FAR:
            return False
        known = {f"#/$defs/{escape(name)}": definition for name, definition in definitions.items()}
        reached: set[str] = set()
        pending: list[Any] = [node.schema]
        while pending and len(reached) < _FAR:
            part = pending.pop()
            if isinstance(part, list):
                pending.extend(part)
            elif isinstance(part, dict):
                keywords = cast("dict[str, Any]", part)
                reference = keywords.get("$ref")
                if isinstance(reference, str) and reference in known and reference not in reached:
                    reached.add(reference)
                    pending.append(known[reference])
                pending.extend(value for value in keywords.values() if isinstance(value, (dict, list)))
        return len(reached) >= _FAR

    def _reference(self, pointer: str) -> dict[str, Any]:
        return {"$ref": f"{self._document.home}#{quote(pointer, safe=_SAFE)}"}

    def _standing(self, node: Node) -> Any:
        if isinstance(node.schema, bool):
            return node.schema
        return (
            self._reference(node.pointer) if node.written else _absolute(node.schema, node.base or self._document.home)
        )


@lru_cache(maxsize=_RECENT)
def _registry(document: Document) -> jsonschema_rs.Registry:
    import jsonschema_rs

    try:
        return jsonschema_rs.Registry(
            [(document.home, discriminated(document.schema))], draft=jsonschema_rs.Draft202012
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise Ungeneratable("", "$ref", str(error)) from None


def _definition(node: Node) -> str | None:
    """
    The pointer of the definition that *node* is, or does nothing but refer to.
    """
    if isinstance(node.schema, dict) and len(node.keywords) == 1:
        reference = node.keywords.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/$defs/") and reference.count("/") == 2:
            return reference[1:]
    return (
        node.pointer if node.written and node.pointer.startswith("/$defs/") and node.pointer.count("/") == 2 else None
    )


def _absolute(schema: Any, base: str) -> Any:
    """
    *schema* with references that do not depend on where it stands.
    """
    if isinstance(schema, list):
        return [_absolute(item, base) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", schema).items():
        if key in ("$ref", "$dynamicRef") and isinstance(value, str):
            made[key] = urljoin(base, value) if not value.startswith("#") else f"{base}{value}"
        else:
            made[key] = _absolute(value, base)
    return made


@lru_cache(maxsize=256)
def format_test(name: str) -> Callable[[Any], bool]:
    """
    What tells whether a text has a format.
    """
    return compiled({"format": name}).is_valid


def compiled(
    schema: dict[str, Any] | bool, pointer: str = "", *, registry: jsonschema_rs.Registry | None = None
) -> jsonschema_rs.Validator:
    """
    A validator with formats asserted, without network, with linear-time patterns where the patterns allow it.
    """
    import jsonschema_rs

    # Look-around and back-references need the backtracking engine; everything else is matched in linear time.
    for options in (jsonschema_rs.RegexOptions(), jsonschema_rs.FancyRegexOptions()):
        try:
            return jsonschema_rs.validator_for(
                schema,
                validate_formats=True,
                offline=True,
                pattern_options=options,
                email_options=jsonschema_rs.EmailOptions(allow_display_text=False),
                registry=registry,
                keywords=_KEYWORDS,
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            last = error
    kind = getattr(last, "kind", None)
    keyword = kind.name if kind is not None else "$ref"
    path = join(*getattr(last, "instance_path", ()))
    raise Ungeneratable(pointer + path, keyword, str(last).partition("\n")[0])
