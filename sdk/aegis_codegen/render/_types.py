"""
Types as annotations: for models, for inputs, and for a method's signature.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import cast

from aegis_codegen.plan import (
    Alias,
    Api,
    Argument,
    Array,
    Choice,
    Constrained,
    Definition,
    Enumeration,
    Field,
    Literals,
    Map,
    Model,
    Named,
    Rule,
    Scalar,
    Tuple,
    Type,
    optional,
)

_READ = {
    "datetime": "_types.UtcDateTime",
    "date": "_types.FullDate",
    "uuid": "_types.Uuid",
    "bytes": "bytes",
    "float": "_types.ExactNumber",
}
# What Python has given us, unlike what was read from JSON, may be True for 1 or a text for a number.
_VALUES = {"int": "_types.Integer", "float": "_types.Number", "bool": "_types.Boolean"}
_WRITTEN = {
    **_VALUES,
    "datetime": "_types.WrittenDateTime",
    "date": "_types.WrittenDate",
    "uuid": "_types.WrittenUuid",
    "bytes": "bytes",
}
_STATIC = {"datetime": "_DateTime | str", "date": "_Date | str", "uuid": "_UUID | str"}
_FIELD = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "minProperties": "min_length",
    "maxProperties": "max_length",
    "pattern": "pattern",
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
}
_BUILTINS = frozenset({"str", "int", "float", "bool", "bytes", "list", "dict", "tuple"})


def literal(value: object) -> str:
    """
    Write a plain value as Python.
    """
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


class Annotations:
    """
    Writes the types of one API.
    """

    def __init__(self, api: Api, values: bool = False) -> None:
        """
        Args:
            values: models are made of Python's values, not of JSON's bytes.
        """
        self._scalars = {**_READ, **_VALUES} if values else _READ
        self._models = {definition.name: definition for definition in api.models}
        self._inputs = {definition.name: definition for definition in api.inputs}

    def field(self, field: Field, model: Model) -> str:
        """
        The annotation of a field of *model*.
        """
        shadowed = frozenset(each.python for each in model.fields) & _BUILTINS
        if model.direction == "write":
            kind = self._secret(field.type, shadowed) if self._wrap(field) else self._written(field.type, shadowed)
            return kind if field.required else f"NotRequired[{kind}]"
        of = field.type
        kind = self._read(of, shadowed)
        if not field.required and optional(of) != of:
            absent = "_types.MayBeAbsent" if not field.default else ""
            kind = f"{absent}[{kind}]" if absent else kind
        if not field.sensitive:
            return kind
        mark = f'Sensitive("{field.sensitive}")'
        bare = isinstance(of, Constrained) and kind.startswith("Annotated[")
        return f"{kind[:-1]}, {mark}]" if bare else f"Annotated[{kind}, {mark}]"

    def alias(self, alias: Alias) -> str:
        """
        The right-hand side of an alias.
        """
        if alias.direction == "read":
            return self._read(alias.type, frozenset())
        if alias.sensitive == "secret" and self._textual(alias.type):
            return self._secret(alias.type, frozenset())
        return self._written(alias.type, frozenset())

    def extra(self, model: Model) -> str:
        """
        The type of properties that *model* does not name.
        """
        return self._read(model.extra, frozenset()) if model.extra else "Any"

    def result(self, kind: Type, shadowed: bool = False) -> str:
        """
        What a method returns.
        """
        return self._static(kind, frozenset({"list"}) if shadowed else frozenset())

    def argument(self, argument: Argument) -> str:
        """
        The annotation of a method's argument.
        """
        text = self._static(argument.type, frozenset())
        if argument.source == "rest":
            return f"{text} | None"
        if argument.sensitive and text == "str":
            text = "str | Secret"
        return text if argument.required else _either([*text.split(" | "), "Omit"])

    def rules(self, model: Model) -> list[str]:
        """
        The rules of a whole object.
        """
        given = {rule.keyword: rule.value for rule in model.rules}
        found: list[str] = []
        if model.extra is not None and model.direction == "write":
            names = "".join(f", {literal(field.name)}" for field in model.fields)
            found.append(f"_types.Extras(lambda: {self._written(model.extra, frozenset())}{names})")
        if "minProperties" in given or "maxProperties" in given:
            found.append(f"_types.PropertyCount({given.get('minProperties', 0)!r}, {given.get('maxProperties')!r})")
        if "dependentRequired" in given:
            found.append(_dependent(given["dependentRequired"]))
        return found

    def _wrap(self, field: Field) -> bool:
        return field.sensitive == "secret" and not isinstance(field.type, Named) and self._textual(field.type)

    def _textual(self, kind: Type) -> bool:
        return (kind.base if isinstance(kind, Constrained) else kind) == Scalar("str")

    def _secret(self, kind: Type, shadowed: frozenset[str]) -> str:
        text = _builtin("str", shadowed)
        return f"Annotated[{text} | Secret, _types.Revealed({self._written(kind, shadowed)})]"

    def _read(self, kind: Type, shadowed: frozenset[str]) -> str:
        match kind:
            case Scalar():
                return self._scalars.get(kind.kind) or _builtin(kind.kind, shadowed)
            case Literals():
                return _literals(kind, exact=True)
            case Named():
                return kind.name
            case Array():
                return f"{_builtin('list', shadowed)}[{self._read(kind.items, shadowed)}]"
            case Tuple():
                return f"{_builtin('tuple', shadowed)}[{', '.join(self._read(item, shadowed) for item in kind.items)}]"
            case Map():
                keys = _key(kind, shadowed)
                return f"{_builtin('dict', shadowed)}[{keys}, {self._read(kind.values, shadowed)}]"
            case Choice():
                members = [self._read(member, shadowed) for member in kind.members]
                return self._choice(kind, members, "OpenUnion", [*members, "UnknownMember"])
            case Constrained():
                base = self._read(kind.base, shadowed)
                if base == "_types.ExactNumber":  # bounds come first: what is usual is held to them in Rust
                    return _annotated(_builtin("float", shadowed), kind.rules, "_types.Exact()")
                return _annotated(base, kind.rules)

    def _written(self, kind: Type, shadowed: frozenset[str]) -> str:
        match kind:
            case Scalar():
                return _WRITTEN.get(kind.kind) or _builtin(kind.kind, shadowed)
            case Array(items=Scalar(kind="Any")):
                return "_types.Array"
            case Array():
                return f"Sequence[{self._written(kind.items, shadowed)}]"
            case Tuple():
                items = ", ".join(self._written(item, shadowed) for item in kind.items)
                return f"{_builtin('tuple', shadowed)}[{items}]"
            case Map():
                return f"Mapping[{_key(kind, shadowed)}, {self._written(kind.values, shadowed)}]"
            case Choice():
                members = [self._written(member, shadowed) for member in kind.members]
                return self._choice(kind, members, "_types.ClosedUnion", members)
            case Constrained():
                return _annotated(self._written(kind.base, shadowed), kind.rules)
            case _:
                return self._read(kind, shadowed)

    @staticmethod
    def _choice(kind: Choice, members: list[str], marker: str, tagged: list[str]) -> str:
        if kind.exclusive:
            return f"Annotated[{_either(members)}, _types.OneOf(lambda: [{', '.join(members)}])]"
        if not kind.discriminator:
            return _either(members)
        mapping = ", ".join(f"{literal(tag)}: {target.name}" for tag, target in kind.mapping)
        return f"Annotated[{' | '.join(tagged)}, {marker}({literal(kind.discriminator)}, {{{mapping}}})]"

    def _static(self, kind: Type, shadowed: frozenset[str]) -> str:
        match kind:
            case Scalar():
                return _STATIC.get(kind.kind) or ("object" if kind.kind == "Any" else _builtin(kind.kind, shadowed))
            case Literals():
                return _literals(kind, exact=False)
            case Named():
                return self._static_named(kind, shadowed)
            case Array():
                return f"Sequence[{self._static(kind.items, shadowed)}]"
            case Tuple():
                return f"tuple[{', '.join(self._static(item, shadowed) for item in kind.items)}]"
            case Map():
                return f"Mapping[str, {self._static(kind.values, shadowed)}]"
            case Choice():
                parts = [part for member in kind.members for part in self._static(member, shadowed).split(" | ")]
                return _either(parts)
            case Constrained():
                return self._static(kind.base, shadowed)

    def _static_named(self, kind: Named, shadowed: frozenset[str]) -> str:
        definition = self._definition(kind)
        module = "models" if kind.direction == "read" else "inputs"
        if isinstance(definition, Alias) and kind.direction == "write":
            if definition.sensitive == "secret" and self._textual(definition.type):
                return "str | Secret"
            if not isinstance(definition.type, Choice) or not definition.type.discriminator:
                return self._static(definition.type, shadowed)
        if isinstance(definition, Alias) and not isinstance(definition.type, Choice):
            return self._answer(definition.type, shadowed)
        return f"{module}.{kind.name}"

    def _answer(self, kind: Type, shadowed: frozenset[str]) -> str:
        """
        What comes back under a name of its own: the plain type is told, not the name.
        """
        match kind:
            case Constrained():
                return self._answer(kind.base, shadowed)
            case Array():
                return f"{_builtin('list', shadowed)}[{self._answer(kind.items, shadowed)}]"
            case Map():
                return f"dict[str, {self._answer(kind.values, shadowed)}]"
            case Scalar():
                plain = {"datetime": "_DateTime", "date": "_Date", "uuid": "_UUID", "Any": "Any"}
                return plain.get(kind.kind) or kind.kind
            case _:
                return self._static(kind, shadowed)

    def _definition(self, kind: Named) -> Definition:
        return (self._models if kind.direction == "read" else self._inputs)[kind.name]

    def enumeration(self, enumeration: Enumeration) -> str:
        """
        An enumeration as it is sent: its class, or one of its values written out.
        """
        values = ", ".join(literal(member.value) for member in enumeration.members)
        return f"Annotated[{enumeration.reads} | Literal[{values}], _types.Listed({values})]"


def _literals(kind: Literals, *, exact: bool) -> str:
    values = ", ".join(literal(value) for value in kind.values)
    numbers = any(isinstance(value, bool | int | float) for value in kind.values)
    return f"Annotated[Literal[{values}], _types.Exactly({values})]" if exact and numbers else f"Literal[{values}]"


def _either(members: Iterable[str]) -> str:
    names = dict.fromkeys(members)
    return " | ".join([*(name for name in names if name != "None"), *(["None"] if "None" in names else [])])


def _builtin(name: str, shadowed: frozenset[str]) -> str:
    return f"_builtins.{name}" if name in shadowed else name


def _key(kind: Map, shadowed: frozenset[str]) -> str:
    return _annotated(_builtin("str", shadowed), kind.keys) if kind.keys else _builtin("str", shadowed)


def _annotated(base: str, rules: Iterable[Rule], *first: str) -> str:
    arguments: list[str] = []
    checks = [*first]
    for rule in rules:
        if rule.keyword == "multipleOf" and isinstance(rule.value, float):
            checks.append(f"_types.MultipleOf({literal(rule.value)})")
        elif rule.keyword in _FIELD:
            arguments.append(f"{_FIELD[rule.keyword]}={literal(rule.value)}")
        elif rule.keyword == "uniqueItems":
            checks.append("_types.UniqueItems()")
        elif rule.keyword == "enum":
            checks.append("_types.Known()")
        elif rule.keyword == "format":
            checks.append(f"_types.Format({literal(rule.value)})")
        elif rule.keyword == "x-max-bytes":
            codec, limit = cast("tuple[str, int]", rule.value)
            checks.append(f"_types.MaxBytes({literal(codec)}, {limit})")
        elif rule.keyword == "dependentRequired":
            checks.append(_dependent(rule.value))
        else:
            raise AssertionError(f"no text for the rule {rule.keyword}")
    marks = [f"Field({', '.join(arguments)})"] if arguments else []
    return f"Annotated[{', '.join([base, *marks, *checks])}]"


def _dependent(value: object) -> str:
    needs = cast("dict[str, list[str]]", value)
    written = ", ".join(
        f"{literal(name)}: ({''.join(literal(o) + ', ' for o in others)})" for name, others in needs.items()
    )
    return f"_types.DependentRequired({{{written}}})"
