"""
The smaller pieces that templates ask for.
"""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

from aegis_codegen._names import constant
from aegis_codegen.plan import (
    Api,
    Argument,
    Body,
    Definition,
    Enumeration,
    Field,
    Model,
    Operation,
    Pagination,
    Parameter,
    Resource,
    Response,
    Security,
)
from aegis_codegen.render._docs import docstring, spaced, title
from aegis_codegen.render._types import literal

_CODECS = {"json": "JsonDecoder", "text": "TextDecoder", "bytes": "BytesDecoder"}


class Shared:
    """
    What several operations refer to: credentials, and error bodies.
    """

    def __init__(self, api: Api) -> None:
        schemes = dict.fromkeys(scheme for operation in api.operations for scheme in operation.security)
        self.schemes = [(constant(scheme.name), scheme) for scheme in schemes]
        contents = {response.content: response for operation in api.operations for response in operation.errors}
        self.errors: list[tuple[str, Response]] = []
        for content, response in contents.items():
            if content:
                base = constant(content[0][2] or content[0][1])
                taken = {name for name, _ in (*self.schemes, *self.errors)} | {"API"}
                names = (base, *(f"{base}_{number}" for number in range(2, 99)))
                self.errors.append((next(name for name in names if name not in taken), response))
        self.names = sorted(name for name, _ in (*self.schemes, *self.errors))

    def name(self, response: Response) -> str:
        """
        The constant for what *response* holds.
        """
        return next(name for name, known in self.errors if known.content == response.content)

    def scheme(self, scheme: Security) -> str:
        """
        The constant for *scheme*.
        """
        return next(name for name, known in self.schemes if known == scheme)


def filters() -> dict[str, Callable[..., Any]]:
    """
    Every filter by its name in templates.
    """
    return {
        "argument_default": _argument_default,
        "body_spec": _body_spec,
        "body_value": _body_value,
        "by_name": lambda model: all(_plain(field.name) for field in model.fields),
        "dedent": textwrap.dedent,
        "docstring": docstring,
        "enum_base": _enum_base,
        "enums_sent": _enums_sent,
        "field_default": _field_default,
        "is_enumeration": lambda definition: isinstance(definition, Enumeration),
        "is_model": lambda definition: isinstance(definition, Model),
        "items_of": lambda paging: ".".join(("answer", *paging.items)),
        "literal": literal,
        "next_of": _next_of,
        "check": lambda name, api: f"Check({_reference(api, 'inputs', name)})",
        "concealed": lambda argument, types: "Secret" in types.argument(argument),
        "parameter_spec": _parameter_spec,
        "resource": _resource,
        "response_spec": _response_spec,
        "shadows": lambda resource: any(operation.python == "list" for operation in resource.operations),
        "spaced": spaced,
        "title": title,
        "values": _values,
    }


def exports(api: Api) -> list[tuple[str, list[str]]]:
    """
    What the package offers, by module: classes, and unions that have a name; no name for a mere text.
    """
    return [
        ("client", [f"Async{api.client}", api.client]),
        ("errors", sorted(problem.class_name for problem in api.problems)),
        ("family", [api.error]),
        ("inputs", _offered(api.inputs)),
        ("models", _offered(api.models)),
    ]


def _offered(definitions: Iterable[Definition]) -> list[str]:
    return sorted(each.name for each in definitions if isinstance(each, Model | Enumeration))


def _plain(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")


def _argument_default(argument: Argument) -> str:
    if argument.required:
        return ""
    return " = None" if argument.source == "rest" else " = OMIT"


def _resource(api: Api, tag: object) -> Resource:
    return next(resource for resource in api.resources if resource.name == str(tag))


def _enum_base(enumeration: Enumeration) -> str:
    whole = all(isinstance(member.value, int) for member in enumeration.members)
    return "_types.OpenIntEnum" if whole else "_types.OpenStrEnum"


def _enums_sent(api: Api) -> list[str]:
    return sorted({each.reads for each in api.inputs if isinstance(each, Enumeration)})


def _field_default(field: Field) -> str:
    alias = "" if field.name == field.python else f"alias={literal(field.name)}"
    if field.default:
        value = field.default[0]
        if isinstance(value, list | dict):
            default = f"default_factory=lambda: {value!r}"
        else:
            default = f"default={literal(value)}, validate_default=True"
    elif not field.required:
        default = "default=None"
    else:
        default = ""
    if alias:
        return f" = Field({', '.join(part for part in (default, alias) if part)})"
    if default == "default=None":
        return " = None"
    return f" = Field({default})" if default else ""


def _reference(api: Api, module: str, name: str) -> str:
    return literal(f"{api.module}.{module}:{name}")


def _response_spec(response: Response, api: Api) -> str:
    if not response.content:
        return "ResponseSpec()"
    parts: list[str] = []
    for media_type, codec, definition in response.content:
        argument = _reference(api, "models", definition) if codec == "json" else ""
        parts.append(f"{literal(media_type)}: {_CODECS[codec]}({argument})")
    return f"ResponseSpec({{{', '.join(parts)}}})"


def _body_spec(body: Body, api: Api) -> str:
    encoder = f"JsonEncoder({_reference(api, 'inputs', body.definition)})" if body.codec == "json" else "BytesEncoder()"
    media = "" if body.media_type == "application/json" else f"media_type={literal(body.media_type)}, "
    required = ", required=True" if body.required else ""
    return f"BodySpec({media}encode={encoder}{required})"


def _parameter_spec(parameter: Parameter, api: Api) -> str:
    parts = [f"name={literal(parameter.name)}", f"location={literal(parameter.location)}"]
    if parameter.media_type:
        parts.append(f"media_type={literal(parameter.media_type)}")
    else:
        usual = "form" if parameter.location in ("query", "cookie") else "simple"
        if parameter.style != usual:
            parts.append(f"style={literal(parameter.style)}")
        if parameter.explode != (parameter.style == "form"):
            parts.append(f"explode={parameter.explode}")
    if parameter.allow_reserved:
        parts.append("allow_reserved=True")
    if parameter.check:
        parts.append(f"check=Check({_reference(api, 'inputs', parameter.check)})")
    return f"ParameterSpec({', '.join(parts)})"


def _values(operation: Operation) -> str:
    """
    The arguments that fill the operation's parameters, in their order.
    """
    names = [parameter.argument for parameter in operation.parameters]
    return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"


def _body_value(operation: Operation) -> str:
    whole = next((argument for argument in operation.arguments if argument.source == "body"), None)
    if whole is not None:
        return whole.python
    members = [f"{literal(each.name)}: {each.python}" for each in operation.arguments if each.source == "property"]
    rest = next((argument for argument in operation.arguments if argument.source == "rest"), None)
    if rest is not None:
        members.insert(0, f"**({rest.python} or {{}})")
    written = f"{{{', '.join(members)}}}"
    return written if operation.body is not None and operation.body.required else f"given({written})"


def _next_of(paging: Pagination) -> str:
    path = "answer"
    guards: list[str] = []
    for index, (step, missing) in enumerate(paging.next):
        path = f"{path}.{step}"
        if missing and index < len(paging.next) - 1:
            guards.append(path)
    return f"{path} if {' and '.join(f'{guard} is not None' for guard in guards)} else None" if guards else path
