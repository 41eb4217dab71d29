"""
The page of one API: every operation with how it is called, what it takes, what it answers and what it causes.
"""

from __future__ import annotations

import builtins
import importlib
import inspect
import json
import keyword
import re
import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from _reference_text import HEAD, block, cell, code, followed, indented, kind, properties, row, rules, tabs, written

from aegis_contracts import Contract, MediaType, Operation, Parameter, Response
from aegis_contracts.instances import generate

PROBLEM = "application/problem+json"
MOCK = "http://127.0.0.1:4010"
NOT_OURS = frozenset({"self", "extra_headers", "timeout", "idempotency_key"})


def api(contract: Contract) -> Iterator[str]:
    """
    Write the page of *contract*.
    """
    package = contract.extensions.get("x-sdk", {})
    source = "/".join(contract.source.rsplit("/", 2)[-2:])
    yield f"Version {contract.version}, from `{source}`; clients `{package.get('client')}` and"
    yield f"`Async{package.get('client')}`.\n"
    yield f"{contract.info.get('description', '')}\n"
    yield "| Operation | What it does |\n|---|---|"
    for operation in contract.all_operations():
        request = code(f"{operation.method} {operation.path}")
        yield f"| [{request}](#{operation.key.lower()}) | {operation.summary}<br>{code(sdk_name(operation))} |"
    for operation in contract.all_operations():
        yield from _operation(contract, operation)
    yield from _problems(contract)


def apis(contracts: list[Contract], what: str) -> Iterator[str]:
    """
    Write a line for each contract: where its problem codes are, or what its clients read from the environment.
    """
    for contract in contracts:
        names = contract.extensions.get("x-sdk", {})
        if what == "environment":
            told = "base URL and credential of the " + contract.title
            yield f"| `{names['env']}_URL`, `{names['env']}_TOKEN` | {told} |"
        elif contract.extensions.get("x-problems"):
            yield f"- [{contract.title}](api/{names['package']}.md#{what})"


def sdk_name(operation: Operation) -> str:
    """
    Return what the operation is called in the SDK.
    """
    names = operation.extensions.get("x-sdk", {})
    return f"{names.get('resource')}.{names.get('method')}" if names.get("resource") else ""


def _operation(contract: Contract, operation: Operation) -> Iterator[str]:
    yield f"\n## {operation.key} {{#{operation.key.lower()}}}\n"
    method = operation.method
    yield f'<p class="operation"><span class="method {method.lower()}">{method}</span> {code(operation.path)}</p>\n'
    yield f"**{operation.summary}.** {operation.description}\n"
    yield from tabs(
        {
            "Python": block("python", call(contract, operation)),
            "Python, async": block("python", call(contract, operation, awaited=True)),
            "curl": block("sh", curl(contract, operation)),
        }
    )
    if operation.parameters:
        yield f"\n**Parameters**\n\n{HEAD}"
        yield from map(_parameter, operation.parameters)
    yield from _body(operation)
    yield from _answers(operation)
    yield from _refusals(operation)
    for entry in operation.extensions.get("x-emits", ()):
        name = entry["event"]
        yield f'\n!!! event "Publishes {name} on {entry["topic"]}"\n'
        yield f"    See [{name}](../events.md#{name.lower()}). Where its data come from:\n"
        for member, expression in entry.get("data", {}).items():
            yield f"    - `{member}` ← `{expression}`"


def _parameter(parameter: Parameter) -> str:
    projected: Any = parameter.schema.projected() if parameter.schema else {}
    schema = followed(projected, projected)
    remark = f"{parameter.location} · {kind(schema)} · {'required' if parameter.required else 'optional'}"
    told = [cell(parameter.description)] if parameter.description else []
    asked = rules(schema)
    told += [f'<span class="rules">{" · ".join(asked)}</span>'] if asked else []
    return row(parameter.name, remark, "<br>".join(told))


def _body(operation: Operation) -> Iterator[str]:
    body = operation.request_body
    for media in body.content.values() if body else ():
        optional = "" if body and body.required else ", optional"
        yield f"\n**Request body** ({code(media.media_type)}{optional})\n"
        yield from _schema(media, "request")
        yield from _examples(media, "Examples of the body")


def _answers(operation: Operation) -> Iterator[str]:
    for status, response in operation.responses.items():
        if not status.startswith("2"):
            continue
        yield f"\n**{status}** {response.description}\n"
        yield from _headers(response)
        for media in response.content.values():
            yield from _schema(media, "response")
            yield from _examples(media, f"Examples of {status}")


def _headers(response: Response) -> Iterator[str]:
    for header in response.headers.values():
        yield f"- {code(header.name)}: {cell(header.description)}"
    yield ""


def _refusals(operation: Operation) -> Iterator[str]:
    """
    Write everything that is no success in one table, with the problem codes; bodies only where they are not problems.
    """
    refused = {status: answer for status, answer in operation.responses.items() if not status.startswith("2")}
    if not refused:
        return
    yield "\n**Refusals**\n\n| Status | When |\n|---|---|"
    for status, response in refused.items():
        codes = ", ".join(code(name) for name in dict.fromkeys(_codes(response)))
        yield f"| {status} | {cell(response.description)}{f'<br>{codes}' if codes else ''} |"
    yield '\n??? example "Bodies of the refusals"\n'
    yield from indented(tabs({status: _bodies(response) for status, response in refused.items()}))


def _codes(response: Response) -> Iterator[str]:
    for media in response.content.values():
        for example in media.examples.values():
            value = example.value if example.has_value else {}
            if isinstance(value, dict):
                found = value.get("code", value.get("status_code"))
                if found is not None:
                    yield str(found)


def _bodies(response: Response) -> Iterator[str]:
    if not any(media.examples for media in response.content.values()):
        yield "No example.\n"
    for media in response.content.values():
        for example in media.examples.values():
            if example.has_value:
                yield from block(
                    "json", written(example.value), f"{example.summary or example.name} ({media.media_type})"
                )


def _schema(media: MediaType, direction: Any) -> Iterator[str]:
    if media.schema is None:
        return
    projected = media.schema.projected(direction)
    if not isinstance(projected, dict):
        return
    rows = list(properties(projected, projected))
    if rows:
        yield HEAD
        yield from rows
        yield ""


def _examples(media: MediaType, title: str) -> Iterator[str]:
    shown = [example for example in media.examples.values() if example.has_value]
    if not shown:
        return
    yield f'\n??? example "{title}"\n'
    for example in shown:
        yield from indented(block("json", written(example.value), example.summary or example.name))


def _problems(contract: Contract) -> Iterator[str]:
    problems = contract.extensions.get("x-problems", ())
    if problems:
        package = contract.extensions.get("x-sdk", {}).get("package")
        classes = error_classes(package)
        yield "\n## Problem codes {#problem-codes}\n"
        yield "Codes of this API beside [those that every API has](../errors.md#codes);"
        yield f"classes are in `aegis_sdk.{package}`.\n"
        yield "| Code | Meaning |\n|---|---|"
        for problem in problems:
            meaning = problem.get("description") or problem.get("title", "")
            shown = code(classes[str(problem["code"])])
            yield f"| {code(problem['code'])}<br>{problem['status']} | {cell(meaning)}<br>{shown} |"


def error_classes(package: str) -> dict[str, str]:
    """
    Return problem codes with the names of their error classes.
    """
    module = importlib.import_module(f"aegis_sdk._generated.{package}.errors")
    return {value.code: name for name, value in vars(module).items() if getattr(value, "code", "")}


# -- how it is called -----------------------------------------------------------------------------------------------


def call(contract: Contract, operation: Operation, *, awaited: bool = False) -> str:
    """
    Write the call of an operation with the values of the contract's examples.
    """
    package = contract.extensions["x-sdk"]
    kind_ = f"Async{package['client']}" if awaited else package["client"]
    resource, method = sdk_name(operation).split(".")
    module = importlib.import_module(f"aegis_sdk._generated.{package['package']}.resources.{resource}")
    owner = "".join(part.capitalize() for part in resource.split("_"))
    signature = inspect.signature(getattr(getattr(module, owner), method))
    given = _values(operation)
    arguments: list[str] = []
    for parameter in signature.parameters.values():
        # A builtin's name gets an underscore as an argument of its own, and none as a member of the body.
        name = parameter.name if parameter.name in given else f"{parameter.name}_"
        if parameter.name in NOT_OURS or name not in given:
            continue
        value = _literal(given[name])
        arguments.append(value if parameter.kind is not parameter.KEYWORD_ONLY else f"{parameter.name}={value}")
    called = f"client.{resource}.{method}"
    one = f"{called}({', '.join(arguments)})"
    if len(one) > 80:
        one = f"{called}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"
    listing = "paginate" in operation.extensions.get("x-sdk", {})
    nothing = "204" in operation.responses
    target = "page" if listing else "found" if operation.method == "GET" else "result"
    line = f"{'await ' if awaited else ''}{one}"
    line = line if nothing else f"{target} = {line}"
    inside = "\n".join(f"    {part}" for part in line.splitlines())
    base = MOCK + _base(contract)
    lead = "async with" if awaited else "with"
    return f'from aegis_sdk import {kind_}\n\n{lead} {kind_}("{base}", "dev-key") as client:\n{inside}'


def _base(contract: Contract) -> str:
    """
    The path at which the mock serves an API whose operations' paths do not begin with it.
    """
    from urllib.parse import urlsplit

    return urlsplit(str(contract.document["servers"][0]["url"])).path.rstrip("/")


def _values(operation: Operation) -> dict[str, Any]:
    """
    Return values by the names of the SDK's arguments.
    """
    found: dict[str, Any] = {}
    media = next(iter(operation.request_body.content.values()), None) if operation.request_body else None
    example = next((one for one in media.examples.values() if one.has_value), None) if media else None
    if example is not None and isinstance(example.value, dict):
        found.update({_snake(name): value for name, value in example.value.items()})
    for parameter in operation.parameters:
        if parameter.required or parameter.name == "limit":
            found[_snake(parameter.name)] = _value_of(parameter)
    return found


def _value_of(parameter: Parameter) -> Any:
    for example in parameter.examples.values():
        if example.has_value:
            return example.value
    schema: Any = parameter.schema.projected() if parameter.schema else {}
    examples = followed(schema, schema).get("examples")
    return examples[0] if examples else generate(schema, "docs", name=parameter.name)


def _snake(name: str) -> str:
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    return f"{text}_" if keyword.iskeyword(text) or (text in {"type", "id"} and hasattr(builtins, text)) else text


def _literal(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    # JSON is Python, but for three words of it.
    return repr(value) if re.search(r"\b(true|false|null)\b", text) else text


def curl(contract: Contract, operation: Operation) -> str:
    """
    Write the same call for a shell.
    """
    path = operation.path
    query: dict[str, Any] = {}
    lines: list[str] = []
    for parameter in operation.parameters:
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(str(_value_of(parameter)), safe=""))
        elif parameter.location == "query" and (parameter.required or parameter.name == "limit"):
            query[parameter.name] = _value_of(parameter)
        elif parameter.location == "header" and parameter.name.lower() == "idempotency-key":
            lines.append(f"-H 'Idempotency-Key: {_value_of(parameter)}'")
    if any(operation.security):
        lines.insert(0, "-H 'Authorization: Bearer dev-key'")
    media = next(iter(operation.request_body.content.values()), None) if operation.request_body else None
    if media is not None:
        example = next((one for one in media.examples.values() if one.has_value), None)
        lines.append(f"-H 'Content-Type: {media.media_type}'")
        lines.append(f"-d {shlex.quote(written(example.value))}" if example else "-d '{}'")
    url = MOCK + _base(contract) + path + (f"?{urlencode(query)}" if query else "")
    verb = "" if operation.method == "GET" else f" -X {operation.method}"
    return " \\\n  ".join([f"curl{verb} {shlex.quote(url) if query else url}", *lines])
