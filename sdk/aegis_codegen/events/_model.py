"""
The text of one event type's module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from textwrap import indent, wrap
from typing import Any

from aegis_codegen.events._names import class_name
from aegis_codegen.events._types import Attribute, Model, Types, camel, snake
from aegis_contracts import ContractError, Finding
from aegis_contracts.events import EventType, look

_PAYLOAD = "$message.payload#"
_DURATION = re.compile(
    r"P(?:(?P<days>[0-9]+)D)?(?:T(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?(?:(?P<seconds>[0-9]+)S)?)?\Z"
)


def _refused(event: EventType, pointer: str, message: str, mend: str) -> ContractError:
    return ContractError((Finding(event.source, 0, 0, pointer, "x-write-default", message, mend),))


def event_module(event: EventType, discriminator: str) -> str:
    """
    Write the module of *event*: its data models, its model and ``new``.
    """
    types = Types()
    root = types.model(class_name(event), event.schema, frozenset({discriminator}))
    inner = [_class(model, "") for model in types.models if model is not root]
    head = f', tag_field="{discriminator}", tag="{event.name}"'
    types.imports.add("from typing import ClassVar, Literal")
    literal = f'    {snake(discriminator)}: ClassVar[Literal["{event.name}"]] = "{event.name}"\n'
    outer = _class(root, head, literal) + "\n" + indent(_new(event, root, types), "    ")
    imports = "\n".join(sorted(types.imports | {"import msgspec"}))
    body = "\n\n".join([*inner, outer])
    return (
        f'"""\n{event.name}, version {event.version}.\n\nGenerated from {event.source}; do not edit.\n"""\n\n'
        f"{imports}\n\nfrom aegis_sdk._generated.events import _base\n\n\n{body}"
    )


def _class(model: Model, head: str, first: str = "") -> str:
    optional = ", omit_defaults=True" if model.optional else ""
    plain = all(camel(a.name) == a.wire for a in model.attributes)
    rename = ', rename="camel"' if plain else ""
    lines = [f"class {model.name}(_base.Model, frozen=True, kw_only=True, gc=False{rename}{optional}{head}):"]
    lines.append(indent(_docstring(model.description, model.attributes), "    "))
    lines.append("")
    hidden = sorted(a.name for a in model.attributes if a.sensitive)
    if hidden:
        lines.append(f"    __sensitive__: ClassVar[frozenset[str]] = frozenset({{{', '.join(map(repr, hidden))}}})")
    if first:
        lines.append(first.rstrip("\n"))
    if hidden or first:
        lines.append("")
    lines.extend(f"    {a.name}: {a.annotation}{_default(a, model.optional, plain)}" for a in model.attributes)
    return "\n".join(lines) + "\n"


def _default(attribute: Attribute, omit_defaults: bool, plain: bool) -> str:
    name = "" if plain else f'name="{attribute.wire}"'
    if attribute.const is not None and attribute.required:
        # A plain default would be left out of the bytes together with the absent ones; a factory's is written.
        default = f"default_factory=lambda: {attribute.const!r}" if omit_defaults else f"default={attribute.const!r}"
        if not name and not omit_defaults:
            return f" = {attribute.const!r}"
    elif attribute.required:
        default = ""
    else:
        default = "default=None"
        if not name:
            return " = None"
    said = ", ".join(filter(None, [default, name]))
    return f" = msgspec.field({said})" if said else ""


def _docstring(description: str, attributes: list[Attribute]) -> str:
    lines = ['"""', *wrap(" ".join(description.split()), 112)]
    told = [a for a in attributes if a.description]
    if told:
        lines += ["", "Attributes:"]
        for attribute in told:
            lines += wrap(
                f"{attribute.name}: {attribute.description}", 112, initial_indent="    ", subsequent_indent=" " * 8
            )
    return "\n".join([*lines, '"""'])


class _Parameter:
    def __init__(self, attribute: Attribute, pointer: str) -> None:
        self.attribute = attribute
        self.pointer = pointer
        self.name = attribute.name
        self.fill = attribute.schema.get("x-write-default")

    @property
    def text(self) -> str:
        annotation = self.attribute.given
        if self.attribute.required and self.fill is None:
            return f"{self.name}: {annotation}"
        optional = annotation if "None" in annotation.split(" | ") else f"{annotation} | None"
        return f"{self.name}: {optional} = None"


def _new(event: EventType, root: Model, types: Types) -> str:
    models = {model.name: model for model in types.models}
    taken = {a.name for a in root.attributes}
    opened = {
        a.name: models[a.annotation]
        for a in root.attributes
        if a.annotation in models and not taken & {inner.name for inner in models[a.annotation].attributes}
    }
    inner = [
        _Parameter(a, f"/{outer.wire}/{a.wire}")
        for outer in root.attributes
        if outer.name in opened
        for a in opened[outer.name].attributes
        if a.const is None
    ]
    own = [_Parameter(a, f"/{a.wire}") for a in root.attributes if a.name not in opened and a.const is None]
    parameters = sorted([*inner, *own], key=lambda p: "=" in p.text)
    types.imports.add("from typing import Self")
    names = {p.pointer: p.name for p in parameters}
    fills = [line for p in _ordered(parameters) for line in _fill(event, p, names, types)]
    arguments: list[str] = []
    for attribute in root.attributes:
        if attribute.name in opened:
            model = opened[attribute.name]
            given = ", ".join(f"{a.name}={_taken(a)}" for a in model.attributes if a.const is None)
            arguments.append(f"{attribute.name}={model.name}({given})")
        elif attribute.const is None:
            arguments.append(f"{attribute.name}={_taken(attribute)}")
    told = [p for p in parameters if p.attribute.description]
    lines = ["@classmethod", f"def new(cls, *, {', '.join(p.text for p in parameters)}) -> Self:"]
    doc = ['"""', f"Make a new {event.name}; what the contract can fill in may be left out."]
    doc += ["", "It is held to its schema when it is encoded.", "", "Args:"]
    for parameter in told:
        text = f"{parameter.name}: {parameter.attribute.description}"
        doc += wrap(text, 108, initial_indent="    ", subsequent_indent=" " * 8)
    lines.append(indent("\n".join([*doc, '"""']), "    "))
    lines += [f"    {line}" for line in fills]
    lines += [f"    {line}" for line in _held(event, parameters, names)]
    lines.append(f"    return cls({', '.join(arguments)})")
    return "\n".join(lines) + "\n"


def _held(event: EventType, parameters: list[_Parameter], names: Mapping[str, str]) -> list[str]:
    """
    Hold objects whose names a list says (``x-write-keys``) against that list.
    """
    held: dict[str, list[str]] = {}
    for parameter in parameters:
        expression = parameter.attribute.schema.get("x-write-keys")
        if expression is None:
            continue
        listed = expression.removeprefix(_PAYLOAD) if isinstance(expression, str) else ""
        if listed not in names or not parameter.attribute.required:
            message = "x-write-keys must be at a required property, and name the list of its names"
            finding = Finding(event.source, 0, 0, parameter.pointer, "x-write-keys", message, f"write {_PAYLOAD}/…")
            raise ContractError((finding,))
        keyword = parameter.pointer.removeprefix("/").replace("/", "__")
        held.setdefault(listed, []).append(f"{keyword}={parameter.name}")
    return [
        f"_base.hold_keys({event.id!r}, {names[listed]}, {listed!r}, {', '.join(given)})"
        for listed, given in held.items()
    ]


def _taken(attribute: Attribute) -> str:
    """
    Take a list that the caller gave as the tuple that the model holds.
    """
    name = attribute.name
    if not attribute.annotation.startswith("tuple["):
        return name
    return f"tuple({name})" if attribute.required else f"{name} if {name} is None else tuple({name})"


def _ordered(parameters: list[_Parameter]) -> list[_Parameter]:
    """
    Put what is made from nothing before what is made from it.
    """
    filled = [p for p in parameters if p.fill is not None]
    return sorted(filled, key=lambda p: p.fill not in ("$uuid", "$now"))


def _fill(event: EventType, parameter: _Parameter, names: Mapping[str, str], types: Types) -> list[str]:
    value = _filled(event, parameter, names, types)
    return [f"if {parameter.name} is None:", f"    {parameter.name} = {value}"]


def _filled(event: EventType, parameter: _Parameter, names: Mapping[str, str], types: Types) -> str:
    fill = parameter.fill
    if fill == "$uuid":
        return "_base.new_id()"
    if fill == "$now":
        return "_base.now()"
    if isinstance(fill, Mapping):
        types.imports.add("from datetime import timedelta")
        origin = _origin(event, parameter, fill.get("from"), names)
        return f"{origin} + timedelta({_duration(event, parameter, fill.get('plus'))})"
    if isinstance(fill, str) and fill.startswith("$"):
        return _origin(event, parameter, fill, names)
    return repr(fill)


def _origin(event: EventType, parameter: _Parameter, expression: Any, names: Mapping[str, str]) -> str:
    pointer = expression.removeprefix(_PAYLOAD) if isinstance(expression, str) else ""
    if pointer not in names or look(event.schema, pointer.replace("/", "/properties/")) is None:
        said = "x-write-default names nothing that can be filled in from"
        raise _refused(event, parameter.pointer, said, f"write {_PAYLOAD}/…")
    return names[pointer]


def _duration(event: EventType, parameter: _Parameter, text: Any) -> str:
    match = _DURATION.match(text) if isinstance(text, str) else None
    parts = {k: v for k, v in match.groupdict().items() if v} if match else {}
    if not parts:
        raise _refused(event, parameter.pointer, "x-write-default adds no duration", "write plus: PT24H or P1D")
    return ", ".join(f"{unit}={int(amount)}" for unit, amount in parts.items())
