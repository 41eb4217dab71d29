"""
Docstrings, from the contract's own words.
"""

from __future__ import annotations

import re
import textwrap

from aegis_codegen.plan import Api, Argument, Model, Operation, error_base
from aegis_codegen.render._types import literal

WIDTH = 116
_ITEM = re.compile(r"[0-9]+[.)] ")
_INDENT = re.compile(r" *")


def docstring(text: str, indent: int = 4, fallback: str = "") -> str:
    """
    Write *text* as a docstring with its quotes on lines of their own.
    """
    body = text.strip() or fallback
    margin = " " * indent
    lines = [margin + line if line else "" for line in _wrapped(body, WIDTH - indent)]
    quoted = "\n".join(lines).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'{margin}"""\n{quoted}\n{margin}"""'


def title(text: str) -> str:
    """
    Write *text* as one line, with a full stop.
    """
    line = " ".join(text.split())
    return line if not line or line.endswith((".", "!", "?")) else f"{line}."


class Docs:
    """
    What methods and models say about themselves.
    """

    def __init__(self, api: Api) -> None:
        self._api = api

    def method(self, operation: Operation) -> str:
        """
        The docstring of a method.
        """
        parts = [title(operation.summary or f"{operation.method} {operation.path}")]
        if operation.deprecated:
            parts.append("Deprecated by the contract.")
        if operation.description:
            parts.append(operation.description)
        arguments = [line for argument in operation.arguments if (line := self._argument(argument))]
        if operation.idempotency_header:
            arguments.append("idempotency_key: makes the call repeatable; one is made when none is given.")
        if arguments:
            parts.append("Args:\n" + "\n".join(_entry(line) for line in arguments))
        if returns := self._returns(operation):
            parts.append("Returns:\n" + _entry(returns))
        if raises := self._raises(operation):
            parts.append("Raises:\n" + "\n".join(_entry(line) for line in raises))
        return docstring("\n\n".join(parts), 8)

    def model(self, model: Model) -> str:
        """
        The docstring of a model or input.
        """
        parts = [model.description or title(spaced(model.name))]
        if model.deprecated:
            parts.append("Deprecated by the contract.")
        fields = [
            f"{field.python}: {_flat(field.description + (' Deprecated.' if field.deprecated else ''))}"
            for field in model.fields
            if field.description or field.deprecated
        ]
        if fields:
            parts.append("Attributes:\n" + "\n".join(_entry(line) for line in fields))
        return docstring("\n\n".join(parts))

    def _argument(self, argument: Argument) -> str:
        text = _flat(argument.description)
        if argument.default:
            text = f"{title(text)} Left out, the provider takes {literal(argument.default[0])}."
        if argument.deprecated:
            text = f"{title(text)} Deprecated."
        return f"{argument.python}: {text.strip()}" if text else ""

    def _returns(self, operation: Operation) -> str:
        results = operation.results
        if operation.pagination is not None:
            return "a page; iterating it goes on through all that follow."
        said = " ".join(title(response.description) for response in results if response.description)
        headers = [f"``{header.name}``" for response in results for header in response.headers]
        if headers and said:
            said = f"{said} With ``with_raw_response`` also the headers {', '.join(dict.fromkeys(headers))}."
        return said

    def _raises(self, operation: Operation) -> list[str]:
        return [
            f"{_error(response.status)}: {response.status}. {_flat(response.description)}"
            for response in operation.errors
            if response.own and response.description
        ]


def _error(status: str) -> str:
    if status.isdigit():
        return error_base(int(status))
    return {"4": "ClientError", "5": "ServerError"}.get(status[0], "ApiError")


def _flat(text: str) -> str:
    return " ".join(text.split())


def spaced(name: str) -> str:
    """
    Write a class name as words.
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)


def _entry(line: str) -> str:
    return textwrap.fill(
        line,
        WIDTH - 8,
        initial_indent="    ",
        subsequent_indent="        ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _wrapped(text: str, width: int) -> list[str]:
    """
    Lay *text* out anew: paragraphs are filled, indented lines and list items keep their lines.
    """
    lines: list[str] = []
    filling: list[str] = []
    for line in [*text.splitlines(), ""]:
        if (
            line.strip()
            and not line.startswith((" ", "- ", "* ", "|"))
            and not _ITEM.match(line)
            and not line.endswith(":")
        ):
            filling.append(line.strip())
            continue
        lines += _filled(" ".join(filling), width)
        filling = []
        indent = _INDENT.match(line).group()  # type: ignore[union-attr]  # it matches anything
        lines += _filled(line.strip(), width, indent) or [""]
    return lines[:-1]


def _filled(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
