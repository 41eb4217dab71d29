"""
What a provider of the depot may do wrong: by name, what of which exchange it spoils.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.unit.verifier.faults.wrapper import Asked, Call, Fault, Said

FAULTS: dict[str, Callable[[], Fault]] = {}
Which = Callable[[Asked], bool]


def at(method: str, *path: str) -> Which:
    """
    Requests by method and path; ``*`` stands for any one segment.
    """

    def chosen(asked: Asked) -> bool:
        steps = asked.path.removeprefix("/v2/").split("/")
        same = len(steps) == len(path) and all(p in ("*", s) for p, s in zip(path, steps, strict=True))
        return asked.method == method and same and not (path[-1] == "*" and steps[-1] == "bulk")

    return chosen


def answers(name: str, which: Which, change: Callable[[Said], None], *, status: int = 0) -> None:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if which(asked) and (said.status == status if status else said.status < 300):
            change(said)
        return said

    FAULTS[name] = lambda: spoil


def requests(name: str, which: Which, change: Callable[[Asked], None]) -> None:
    async def spoil(call: Call, asked: Asked) -> Said:
        if which(asked):
            change(asked)
        return await call(asked)

    FAULTS[name] = lambda: spoil


def value(**members: Any) -> Callable[[Said], None]:
    def change(said: Said) -> None:
        if isinstance(said.value, dict):
            said.value = {**said.value, **members}

    return change


def without(*names: str) -> Callable[[Said], None]:
    def change(said: Said) -> None:
        if isinstance(said.value, dict):
            said.value = {name: member for name, member in said.value.items() if name not in names}

    return change


def entries_without(name: str) -> Callable[[Said], None]:
    def change(said: Said) -> None:
        whole = said.value
        items = whole if isinstance(whole, list) else whole["content"]
        less = [{key: member for key, member in item.items() if key != name} for item in items]
        said.value = less if isinstance(whole, list) else {**whole, "content": less}

    return change


def header(name: str, text: str | None) -> Callable[[Said], None]:
    def change(said: Said) -> None:
        said.headers.pop(name, None)
        if text is not None:
            said.headers[name] = text

    return change


def sent(**members: Any) -> Callable[[Asked], None]:
    def change(asked: Asked) -> None:
        if isinstance(asked.value, dict):
            asked.value = {**asked.value, **members}

    return change


def sent_without(name: str) -> Callable[[Asked], None]:
    def change(asked: Asked) -> None:
        if isinstance(asked.value, dict):
            asked.value = {key: member for key, member in asked.value.items() if key != name}

    return change


def instead(name: str, which: Which, status: int, of: int) -> None:
    answers(name, which, lambda said: setattr(said, "status", status), status=of)


PLACE, READ, LIST, PUT = at("POST", "orders"), at("GET", "orders", "*"), at("GET", "orders"), at("PUT", "orders", "*")
HOOK, HOOKS, ADD, CHANGE = at("GET", "hooks", "*"), at("GET", "hooks"), at("POST", "hooks"), at("PATCH", "hooks", "*")

# An optional member is dropped on the way in or out.
for _member in ("customer", "gift", "priority", "address"):
    requests(f"POST loses {_member}", PLACE, sent_without(_member))
    answers(f"GET hides {_member}", READ, without(_member))
    answers(f"list hides {_member}", LIST, entries_without(_member))
    answers(f"POST does not answer {_member}", PLACE, without(_member))
    requests(f"PUT loses {_member}", PUT, sent_without(_member))
answers("list of hooks hides label", HOOKS, entries_without("label"))
answers("PATCH answers without label", CHANGE, without("label"))
requests("PATCH loses label", CHANGE, sent_without("label"))

# Versions of an item.
requests("If-Match is ignored", PUT, lambda asked: asked.headers.update({"If-Match": "*", "if-match": "*"}))
answers("no ETag", READ, header("etag", None))
answers("one ETag for all", READ, header("etag", '"1"'))
requests("If-None-Match is ignored", READ, lambda asked: asked.headers.pop("if-none-match", None))
instead("a stale version is a conflict", PUT, 409, 412)

# Pages, states, work that takes its time.
requests("page is ignored", LIST, lambda asked: setattr(asked, "asked", {**asked.asked, "page": "0"}))
requests("size is ignored", LIST, lambda asked: setattr(asked, "asked", {**asked.asked, "size": "50"}))
answers("total is the page's", LIST, lambda said: value(totalElements=len(said.value["content"]))(said))
requests("state is ignored", LIST, lambda asked: setattr(asked, "asked", {**asked.asked, "state": "open"}))
answers("a state of its own", at("POST", "orders", "*", "transitions"), value(state="in_transit"))
answers("a step answers nothing", at("POST", "orders", "*", "transitions"), lambda said: setattr(said, "body", b"{}"))
instead("an export is made at once", at("POST", "exports"), 201, 202)
answers("an export has no address", at("POST", "exports"), header("location", None))
answers("an export leads elsewhere", at("POST", "exports"), header("location", "/v2/exports/999999"))
answers("an export fails in words", at("GET", "exports", "*"), value(status="failed"))
answers("bulk has other words", at("POST", "orders", "bulk"), lambda said: value(results=[{"status": "ok"}])(said))

# What may be said, and by whom.
answers("a secret comes back", ADD, value(signingKey="12345678"))
instead("a missing order is an error of ours", READ, 500, 404)
instead("a missing hook is fine", at("DELETE", "hooks", "*"), 204, 404)
instead("what is taken is invalid", PLACE, 400, 409)
answers("no challenge", READ, header("www-authenticate", None), status=401)
answers("errors without list", PLACE, lambda said: setattr(said, "value", {"error": "no"}), status=400)
answers("time without offset", READ, value(placedAt="2026-11-27T00:00:00"))
answers("numbers as text", READ, lambda said: value(priority=str(said.value.get("priority", 1)))(said))
requests("no login is needed", LIST, lambda asked: asked.headers.update(authorization="Basic ZGVwb3Q6c2VjcmV0"))
requests("unknown lines are taken", PLACE, lambda asked: sent(lines=[{"sku": "ABC-1234", "quantity": 1}])(asked))


def _hangs() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        if at("GET", "exports", "*")(asked):
            await asyncio.sleep(5)
        return await call(asked)

    return spoil


FAULTS["status hangs"] = _hangs
