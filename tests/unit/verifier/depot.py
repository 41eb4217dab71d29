"""
A provider of a third make: bare ASGI, pages by number, ``If-Match``, steps of a state, work that takes its time, and
errors in a form of its own; judged by another engine than ours.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Awaitable, Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import jsonschema
import yaml

FILE = Path(__file__).parent / "depot.yaml"
LOGIN = "depot:secret"
STEPS = {"open": {"packed", "cancelled"}, "packed": {"shipped", "cancelled"}, "shipped": set(), "cancelled": set()}
Answer = tuple[int, dict[str, str], Any]


@cache
def _validator(pointer: str) -> Any:
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    schema: dict[str, Any] = {"$ref": f"#{pointer}", **document}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(schema, format_checker=checker)


_OPERATIONS = {
    ("POST", "/orders"): "/components/schemas/Order",
    ("PUT", "/orders/"): "/components/schemas/Order",
    ("POST", "/hooks"): "/components/schemas/Hook",
    ("POST", "/orders/bulk"): "/paths/~1orders~1bulk/post/requestBody/content/application~1json/schema",
    ("POST", "/transitions"): (
        "/paths/~1orders~1{orderId}~1transitions/post/requestBody/content/application~1json/schema"
    ),
    ("POST", "/exports"): "/paths/~1exports/post/requestBody/content/application~1json/schema",
    ("PATCH", "/hooks/"): "/paths/~1hooks~1{hookId}/patch/requestBody/content/application~1json/schema",
}


class Refused(Exception):  # noqa: N818 - an answer, raised where it is found out
    """
    Ends a request with an error.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.answer: Answer = (status, {}, {"errors": [{"code": code}]})


class Depot:
    """
    The provider; everything that it keeps is in here.
    """

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}
        self.hooks: dict[str, dict[str, Any]] = {}
        self.exports: dict[int, dict[str, Any]] = {}
        self.numbers = itertools.count(1)

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[..., Any]) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        path = unquote(scope["raw_path"].decode()).removeprefix("/v2")
        try:
            status, extra, value = self.answer(scope["method"], path, scope["query_string"].decode(), headers, body)
        except Refused as refused:
            status, extra, value = refused.answer
        if status == 401:
            extra["www-authenticate"] = 'Basic realm="depot"'
        content = b"" if value is None else json.dumps(value, ensure_ascii=False).encode()
        if value is not None:
            extra = {"content-type": "application/json", **extra}
        sent = [(k.encode(), v.encode("latin-1")) for k, v in extra.items()]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": content})

    def answer(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Answer:
        """
        Answer one request.
        """
        offered = _offered(path)
        if not offered:
            raise Refused(404, "no_such_path")
        if method not in offered:
            return 405, {"allow": ", ".join(offered)}, {"errors": [{"code": "method"}]}
        wanted = "Basic " + base64.b64encode(LOGIN.encode()).decode()
        if headers.get("authorization") != wanted:
            raise Refused(401, "unauthorized")
        if path == "/orders/bulk":
            return self.bulk(_read(body, headers, ("POST", path))["orders"])
        if match := re.fullmatch(r"/orders/([^/]+)(/transitions)?", path):
            return self.order(method, match[1], bool(match[2]), headers, body)
        if path == "/orders":
            return self.page(query) if method == "GET" else self.place(_read(body, headers, ("POST", "/orders")))
        if match := re.fullmatch(r"/exports(?:/([^/]+))?", path):
            return self.export(match[1], body, headers)
        return self.hook(method, path.removeprefix("/hooks").removeprefix("/"), headers, body)

    def page(self, query: str) -> Answer:
        asked = dict(parse_qsl(query, keep_blank_values=True))
        page, size = _number(asked.get("page", "0"), 0, 100_000), _number(asked.get("size", "20"), 1, 50)
        state = asked.get("state")
        if state is not None and state not in STEPS:
            raise Refused(400, "invalid")
        found = [order for order in self.orders.values() if state in (None, order["state"])]
        shown = found[page * size : page * size + size]
        return 200, {}, {"content": shown, "page": page, "size": size, "totalElements": len(found)}

    def place(self, wanted: dict[str, Any]) -> Answer:
        self.unique(wanted)
        number = blake2b(str(next(self.numbers)).encode(), digest_size=4).hexdigest()
        order = {"orderId": f"o-{number}", "state": "open", "placedAt": "2026-11-27T00:00:00Z", **_written(wanted)}
        self.orders[order["orderId"]] = order
        self.versions[order["orderId"]] = 1
        return 201, {"location": f"/v2/orders/{order['orderId']}", **self.etag(order)}, order

    def bulk(self, wanted: list[dict[str, Any]]) -> Answer:
        results: list[Any] = []
        for one in wanted:
            try:
                results.append({"status": "placed", "order": self.place(one)[2]})
            except Refused:
                results.append({"status": "refused", "code": "reference_taken"})
        return 200, {}, {"results": results}

    def unique(self, wanted: dict[str, Any], own: dict[str, Any] | None = None) -> None:
        if any(order["reference"] == wanted["reference"] for order in self.orders.values() if order is not own):
            raise Refused(409, "reference_taken")

    def etag(self, order: dict[str, Any]) -> dict[str, str]:
        return {"etag": f'"{order["orderId"]}.{self.versions[order["orderId"]]}"'}

    def order(self, method: str, number: str, moving: bool, headers: dict[str, str], body: bytes) -> Answer:
        order = self.orders.get(number)
        if moving:
            wanted = _read(body, headers, ("POST", "/transitions"))
            if order is None:
                raise Refused(404, "no_order")
            if wanted["to"] not in STEPS[order["state"]]:
                raise Refused(409, "not_from_here")
            order["state"] = wanted["to"]
            self.versions[number] += 1
            return 200, {}, order
        if method == "PUT":
            return self.replace(order, headers, _read(body, headers, ("PUT", "/orders/")))
        if order is None:
            raise Refused(404, "no_order")
        if method == "DELETE":
            del self.orders[number]
            return 204, {}, None
        if headers.get("if-none-match") == self.etag(order)["etag"]:
            return 304, self.etag(order), None
        return 200, self.etag(order), order

    def replace(self, order: dict[str, Any] | None, headers: dict[str, str], wanted: dict[str, Any]) -> Answer:
        if order is None:
            raise Refused(404, "no_order")
        if "if-match" not in headers:
            raise Refused(428, "if_match_missing")
        if headers["if-match"] not in {"*", self.etag(order)["etag"]}:
            raise Refused(412, "changed_meanwhile")
        self.unique(wanted, order)
        kept = {name: order[name] for name in ("orderId", "state", "placedAt")}
        order.clear()
        order.update(kept, **_written(wanted))
        self.versions[order["orderId"]] += 1
        return 200, self.etag(order), order

    def export(self, number: str | None, body: bytes, headers: dict[str, str]) -> Answer:
        if number is None:
            wanted = _read(body, headers, ("POST", "/exports"))
            made = {"exportId": next(self.numbers), "status": "queued", **wanted}
            self.exports[made["exportId"]] = made
            return 202, {"location": f"/v2/exports/{made['exportId']}"}, dict(made)
        found = self.exports.get(int(number)) if number.isdecimal() else None
        if found is None:
            raise Refused(404, "no_export")
        found["status"] = {"queued": "running"}.get(found["status"], "done")
        return 200, {}, found

    def hook(self, method: str, number: str, headers: dict[str, str], body: bytes) -> Answer:
        if not number:
            if method == "GET":
                return 200, {}, [_shown(hook) for hook in self.hooks.values()]
            wanted = _read(body, headers, ("POST", "/hooks"))
            made = {**wanted, "hookId": f"hk_{next(self.numbers)}"}
            self.hooks[made["hookId"]] = made
            return 201, {}, _shown(made)
        found = self.hooks.get(number)
        changed = _read(body, headers, ("PATCH", "/hooks/")) if method == "PATCH" else {}
        if found is None:
            raise Refused(404, "no_hook")
        if method == "DELETE":
            del self.hooks[number]
            return 204, {}, None
        found.update(changed)
        return 200, {}, _shown(found)


def _offered(path: str) -> tuple[str, ...]:
    for pattern, methods in (
        ("/orders/bulk", ("POST",)),
        ("/orders/[^/]+/transitions", ("POST",)),
        ("/orders/[^/]+", ("GET", "PUT", "DELETE")),
        ("/orders|/hooks", ("GET", "POST")),
        ("/hooks/[^/]+", ("GET", "PATCH", "DELETE")),
        ("/exports", ("POST",)),
        ("/exports/[^/]+", ("GET",)),
    ):
        if re.fullmatch(pattern, path):
            return methods
    return ()


def _read(body: bytes, headers: dict[str, str], which: tuple[str, str]) -> Any:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(400, "not_json")
    try:
        value = json.loads(body.decode(), parse_constant=lambda _: 1 / 0)
    except (ValueError, RecursionError, ZeroDivisionError):
        raise Refused(400, "not_json") from None
    if not _validator(_OPERATIONS[which]).is_valid(value):
        raise Refused(400, "invalid")
    return value


def _written(wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if name not in {"orderId", "state", "placedAt"}}


def _shown(hook: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in hook.items() if name != "signingKey"}


def _number(text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise Refused(400, "invalid")
    return int(text)
