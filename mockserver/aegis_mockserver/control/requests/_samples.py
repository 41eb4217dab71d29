"""
From an operation to a request that it accepts: parameters in their styles, a body, a credential that is none.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from aegis_contracts import MediaType, Parameter
from aegis_contracts.exchange import ParameterReader, write_query, write_text
from aegis_contracts.instances import Ungeneratable, generate
from aegis_mockserver.core.contents import _content
from aegis_mockserver.core.operations._mounts import base_path

if TYPE_CHECKING:
    from aegis_mockserver.core.operations._operation import CompiledOperation
    from aegis_mockserver.world import World

_EXPRESSION = re.compile(r"\{([^{}]+)\}")


@dataclass(slots=True)
class Sample:
    """
    A request.

    Args:
        target: path and query.
        body: as text; None when there is none.
        readable: the text is exactly the body; of bytes that are no text it cannot be.
        optional: query parameters that were left out, ready to be added.
    """

    target: str
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: str | None = None
    readable: bool = True
    optional: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


def sample(served: CompiledOperation, world: World, seed: str = "") -> Sample:
    """
    Make a request that the operation accepts.

    Args:
        world: items that it remembers are asked for, rather than some that nobody ever made.
        seed: makes other values; empty, the contract's examples are taken.
    """
    operation = served.declared
    path, query, cookies = operation.path, list[str](), list[str]()
    made = Sample("")
    for name in set(_EXPRESSION.findall(path)) - {one.name for one in operation.parameters if one.location == "path"}:
        path = path.replace(f"{{{name}}}", "text")  # nothing says what it is
    for parameter in operation.parameters:
        if not parameter.required and parameter.location != "query":
            continue
        value = _known(parameter, operation.path, world) or _value(parameter, seed)
        match parameter.location:
            case "path":
                path = path.replace(f"{{{parameter.name}}}", write_text(parameter, value))
            case "header":
                made.headers.append((parameter.name, write_text(parameter, value)))
            case "cookie":
                cookies.append(f"{parameter.name}={write_text(parameter, value)}")
            case "query" if not parameter.required:
                text = "&".join(write_query(parameter, value))
                made.optional.append({"name": parameter.name, "query": text, "description": parameter.description})
            case _:
                query += write_query(parameter, value)
    for where, name, value in _credentials(served):
        match where:
            case "header":
                if name.lower() not in (known.lower() for known, _ in made.headers):  # two schemes, one header
                    made.headers.append((name, value))
            case "cookie":
                cookies.append(f"{name}={value}")
            case _:
                query.append(f"{quote(name)}={quote(value)}")
    if cookies:
        made.headers.append(("Cookie", "; ".join(cookies)))
    base = next((base_path(server) for server in operation.servers), "")
    made.target = f"{base}{path}{'?' if query else ''}{'&'.join(query)}"
    _write_body(made, served, seed)
    return made


def _write_body(made: Sample, served: CompiledOperation, seed: str) -> None:
    body = served.declared.request_body
    if body is None or not body.content:
        return
    name = next((name for name in body.content if "json" in name), next(iter(body.content)))
    media = body.content[name]
    content = _content.write(_instance(media, media.schema, seed, name), name, media)
    made.headers.append(("Content-Type", _content.sent_type(name)))
    try:
        made.body = content.decode()
    except UnicodeDecodeError:
        made.body, made.readable = content.decode("utf-8", "replace"), False
    if made.readable and "json" in name:
        made.body = msgspec.json.format(content, indent=2).decode()


def _known(parameter: Parameter, path: str, world: World) -> Any:
    """
    Return the id of an item that the world remembers, where the path asks for one.
    """
    before, found, _ = path.partition(f"{{{parameter.name}}}")
    if not found or parameter.location != "path":
        return None
    collection = before.rstrip("/").rpartition("/")[2]
    for name, store in world.stores.items():
        if name.rstrip("/").rpartition("/")[2] == collection:
            item_id = next(reversed(store), None)
            # The store may be another collection of the same name, whose ids this path does not take.
            reader = ParameterReader(parameter)
            known = item_id is not None and reader.is_valid(reader.from_text(quote(item_id, safe="")))
            return item_id if known else None
    return None


def _value(parameter: Parameter, seed: str) -> Any:
    schema = parameter.content.schema if parameter.content is not None else parameter.schema
    return _instance(parameter, schema, seed, parameter.name)


def _instance(part: Parameter | MediaType, schema: Any, seed: str, name: str) -> Any:
    values = (example.value for example in part.examples.values() if example.has_value)
    # An example that breaks its schema would make a request that is refused.
    given = next((value for value in values if schema is None or schema.is_valid(value, "request")), None)
    if given is not None and (not seed or schema is None):
        return given
    if schema is None:
        return "text"
    projected = schema.projected("request")
    try:
        return generate(projected, f"{seed}|{name}", name=name, examples=not seed)
    except Ungeneratable:
        return given


def _credentials(served: CompiledOperation) -> Iterator[tuple[str, str, str]]:
    operation = served.declared
    choice = next(iter(operation.security), {})
    for name in choice:
        known = operation.contract.security_schemes.get(name)
        scheme: Mapping[str, Any] = known.node if known is not None else {}
        if scheme.get("type") == "apiKey":
            yield str(scheme.get("in", "header")), str(scheme.get("name", "")), "try-it"
        elif str(scheme.get("scheme", "")).lower() == "basic":
            yield "header", "Authorization", f"Basic {b64encode(b'try:it').decode()}"
        elif scheme.get("type") != "mutualTLS":
            kind = str(scheme.get("scheme", "bearer"))
            yield "header", "Authorization", f"{kind.capitalize()} try-it"
