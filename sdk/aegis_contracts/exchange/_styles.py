"""
Values in styles (OpenAPI 3.1 §4.8.12.6): how an array or an object is read from names and texts, and written as such.

Reading serves parameters and the fields of forms alike; writing is for whoever makes requests from a contract alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from aegis_contracts._model import Parameter
from aegis_contracts.exchange._scalars import ONLY_ARRAY, candidates, items, members, rest, types

_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_DEPTH = 32
_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}
_PREFIXES = {"label": ".", "matrix": ";"}
RESERVED = ":/?#[]@!$&'()*+,;="
Escape = Callable[[str], str]


# -- reading -----------------------------------------------------------------------------------------------------------


def delimiter(style: str) -> str:
    """
    Return the regular expression of what stands between the items of one raw text.
    """
    match style:
        case "spaceDelimited":
            return r"%20|\+| "
        case "pipeDelimited":
            return r"\||%7[Cc]"
        case _:
            return ","


def nested(pairs: Iterable[tuple[str, str]], name: str, schema: Any, root: Any) -> Any:
    """
    Read ``name[a][b]=text``, ``name[0]=text`` and ``name[]=text``; None where there is no such name.
    """
    tree: dict[str, Any] = {}
    for written, text in pairs:
        if not written.startswith(f"{name}[") or not written.endswith("]"):
            continue
        steps = _BRACKETS.findall(written[len(name) :])
        if steps and len(steps) < _DEPTH:
            _plant(tree, steps, text)
    return _grown(tree, schema, root) if tree else None


def _plant(tree: dict[str, Any], steps: list[str], text: str) -> None:
    node = tree
    for step in steps[:-1]:
        inner = node.setdefault(step, {})
        if not isinstance(inner, dict):
            return  # a[b]=1&a[b][c]=2 says two things; the first is kept
        node = inner
    last = steps[-1]
    if last == "":
        last = f"+{len(node)}"
    held = node.get(last)
    if held is None:
        node[last] = text
    elif isinstance(held, list):
        held.append(text)
    elif isinstance(held, str):
        node[last] = [held, text]


def _grown(tree: Any, schema: Any, root: Any) -> Any:
    allowed = types(schema, root)
    if isinstance(tree, list):
        # Said several times, it is no longer one value, whatever its schema wants: which will say so.
        each = items(schema, root) if "array" in allowed else schema
        return [part(text, each, root) for text in tree]
    if not isinstance(tree, dict):
        return [part(tree, items(schema, root), root)] if allowed == ONLY_ARRAY else part(tree, schema, root)
    if "array" in allowed and all(key[:1] == "+" or (key.isascii() and key.isdecimal()) for key in tree):
        item = items(schema, root)
        return [_grown(value, item, root) for value in tree.values()]
    known = members(schema, root)
    others = rest(schema, root)
    return {key: _grown(value, known.get(key, others), root) for key, value in tree.items()}


def part(text: str, schema: Any, root: Any) -> Any:
    """
    Read *text* as what *schema* most likely means.
    """
    return candidates(text, types(schema, root))[0]


# -- writing -----------------------------------------------------------------------------------------------------------


def scalar(value: Any) -> str:
    """
    Write one value as text: JSON without the quotes.
    """
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def escape(text: str) -> str:
    """
    Percent-encode everything that is not unreserved.
    """
    return quote(text, safe="")


def escape_but_reserved(text: str) -> str:
    """
    Percent-encode, but leave reserved characters as they are (``allowReserved``).
    """
    return quote(text, safe=RESERVED)


def write_text(parameter: Parameter, value: Any) -> str:
    """
    Write *value* as a path segment, a header or a cookie.
    """
    plain: Escape = str if parameter.location in {"header", "cookie"} else escape
    if parameter.content is not None:
        return plain(scalar(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return simple(value, parameter.style, parameter.explode, parameter.name, plain)


def simple(value: Any, style: str = "simple", explode: bool = False, name: str = "", plain: Escape = str) -> str:
    """
    Write *value* in the style ``simple``, ``label`` or ``matrix``.
    """
    prefix = _PREFIXES.get(style, "")
    separator = (prefix or ",") if explode else ","
    if isinstance(value, Mapping):
        joint = "=" if explode else ","
        text = separator.join(f"{plain(str(key))}{joint}{plain(scalar(item))}" for key, item in value.items())
        return f"{prefix}{text}" if explode or style != "matrix" else f";{escape(name)}={text}"
    texts = [plain(scalar(item)) for item in (value if isinstance(value, list) else [value])]
    if style == "matrix":
        key = escape(name)
        return "".join(f";{key}={text}" for text in texts) if explode else f";{key}={','.join(texts)}"
    return prefix + separator.join(texts)


def write_query(parameter: Parameter, value: Any) -> list[str]:
    """
    Write *value* as the ``name=value`` parts of a query.
    """
    name = escape(parameter.name)
    plain = escape_but_reserved if parameter.allow_reserved else escape
    if parameter.location == "querystring":
        return [value] if isinstance(value, str) else [f"{escape(k)}={escape(scalar(v))}" for k, v in value.items()]
    if parameter.content is not None:
        return [f"{name}={plain(json.dumps(value, ensure_ascii=False, separators=(',', ':')))}"]
    return [f"{key}={text}" for key, text in fields(name, value, parameter.style, parameter.explode, plain)]


def fields(name: str, value: Any, style: str, explode: bool, plain: Escape = str) -> list[tuple[str, str]]:
    """
    Write *value* as the fields of a query or a form: names and texts.
    """
    glue = _DELIMITERS.get(style, ",")
    if isinstance(value, list):
        texts = [plain(scalar(item)) for item in value]
        if style == "deepObject":
            return [(f"{name}[{index}]", text) for index, text in enumerate(texts)]
        return [(name, text) for text in texts] if explode else [(name, glue.join(texts))]
    if isinstance(value, Mapping):
        if style == "deepObject":
            return [pair for key, item in value.items() for pair in fields(f"{name}[{key}]", item, style, True, plain)]
        written = [(plain(str(key)), plain(scalar(item))) for key, item in value.items()]
        return written if explode else [(name, glue.join(text for pair in written for text in pair))]
    return [(name, plain(scalar(value)))]
