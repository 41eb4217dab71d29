"""
What a provider of the User API may do wrong: one function each, by name.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Callable
from typing import Any

from tests.unit.verifier.faults.wrapper import Asked, Call, Fault, Said

USERS = "/api/v1/users"
FAULTS: dict[str, Callable[[], Fault]] = {}
_ITEM = re.compile(r"/api/v1/users/[^/]+")


def is_item(asked: Asked, method: str) -> bool:
    return asked.method == method and bool(_ITEM.fullmatch(asked.path))


def is_list(asked: Asked) -> bool:
    return asked.method == "GET" and asked.path == USERS


def is_register(asked: Asked) -> bool:
    return asked.method == "POST" and asked.path == USERS


def fault(name: str) -> Callable[[Callable[[], Fault]], Callable[[], Fault]]:
    def keep(make: Callable[[], Fault]) -> Callable[[], Fault]:
        FAULTS[name] = make
        return make

    return keep


def answers(name: str, which: Callable[[Asked], bool], change: Callable[[Said], None], *, good: bool = True) -> None:
    """
    A fault that changes the answers of some requests; only good ones unless it says otherwise.
    """

    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if which(asked) and (said.status < 400) == good:
            change(said)
        return said

    FAULTS[name] = lambda: spoil


def requests(name: str, which: Callable[[Asked], bool], change: Callable[[Asked], None]) -> None:
    """
    A fault that changes some requests before they are handled.
    """

    async def spoil(call: Call, asked: Asked) -> Said:
        if which(asked):
            change(asked)
        return await call(asked)

    FAULTS[name] = lambda: spoil


def instead(name: str, which: Callable[[Asked], bool], said: Callable[[], Said]) -> None:
    """
    A fault that answers some requests itself.
    """

    async def spoil(call: Call, asked: Asked) -> Said:
        return said() if which(asked) else await call(asked)

    FAULTS[name] = lambda: spoil


def problem(status: int, code: str) -> Said:
    body = {"type": "about:blank", "title": code, "status": status, "code": code}
    headers = {
        "content-type": "application/problem+json",
        "x-request-id": "1",
        "www-authenticate": "Bearer",
        "retry-after": "1",
    }
    return Said(status, headers, json.dumps(body).encode())


def put(said: Said, **members: Any) -> None:
    said.value = {**said.value, **members}


def drop(said: Said, *names: str) -> None:
    said.value = {k: v for k, v in said.value.items() if k not in names}


def each(said: Said, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    value = said.value
    said.value = {**value, "data": [change(item) for item in value["data"]]}


def has(text: Callable[[str], bool]) -> Callable[[Asked], bool]:
    """
    Any text of the body is like that.
    """

    def which(asked: Asked) -> bool:
        value = asked.value
        return isinstance(value, dict) and any(isinstance(v, str) and text(v) for v in value.values())

    return which


def boom() -> Said:
    return problem(500, "internal_error")


# Statuses, headers, media types

answers("201 is 200", is_register, lambda s: setattr(s, "status", 200))
answers("204 is 200", lambda a: is_item(a, "DELETE"), lambda s: setattr(s, "status", 200))
answers("202 is 201", lambda a: a.path.endswith("email-verifications"), lambda s: setattr(s, "status", 201))
answers("header missing", lambda a: is_item(a, "GET"), lambda s: s.headers.pop("x-request-id", None))
answers(
    "header missing on a problem",
    lambda a: is_item(a, "GET"),
    lambda s: s.headers.pop("x-request-id", None),
    good=False,
)
answers("Location missing", is_register, lambda s: s.headers.pop("location", None))
answers("Location leads elsewhere", is_register, lambda s: s.headers.update(location="/api/v1/users/1"))
answers("WWW-Authenticate missing", lambda a: True, lambda s: s.headers.pop("www-authenticate", None), good=False)
answers("media type is HTML", is_list, lambda s: s.headers.update({"content-type": "text/html"}))
answers("media type missing", lambda a: is_item(a, "GET"), lambda s: s.headers.pop("content-type"))
answers(
    "problem is plain JSON",
    lambda a: True,
    lambda s: s.headers.update({"content-type": "application/json"}),
    good=False,
)
answers("204 with a body", lambda a: is_item(a, "DELETE"), lambda s: setattr(s, "body", b"{}"))
answers("empty body", lambda a: a.path == "/metrics", lambda s: setattr(s, "body", b""))
answers("no JSON", lambda a: a.path == "/metrics", lambda s: setattr(s, "body", s.body[:-1]))
answers(
    "NaN", lambda a: a.path == "/metrics", lambda s: setattr(s, "body", re.sub(rb'rate":[0-9.]+', b'rate":NaN', s.body))
)
answers(
    "Korean in another encoding",
    lambda a: is_item(a, "GET"),
    lambda s: setattr(s, "body", s.body.decode().encode("cp949", "replace")),
)

# Schemas

answers("member missing", lambda a: is_item(a, "GET"), lambda s: drop(s, "phone_number"))
answers(
    "member missing in the list", is_list, lambda s: each(s, lambda i: {k: v for k, v in i.items() if k != "status"})
)
answers("page missing", is_list, lambda s: drop(s, "page"))
answers("number as text", lambda a: a.path == "/metrics", lambda s: put(s, active_users="1"))
answers("boolean as text", lambda a: is_item(a, "GET"), lambda s: put(s, email_verified="false"))
answers("null", lambda a: is_item(a, "PATCH"), lambda s: put(s, updated_at=None))
answers("enum in capitals", lambda a: is_item(a, "GET"), lambda s: put(s, status=s.value["status"].upper()))
answers("timestamp without offset", is_register, lambda s: put(s, created_at=s.value["created_at"].rstrip("Z")))
answers("success is false", lambda a: a.path.endswith("password-resets"), lambda s: put(s, success=False))
answers("share above one", lambda a: a.path == "/metrics", lambda s: put(s, verification_rate=91.4))
answers(
    "health check in other words",
    lambda a: a.path == "/health",
    lambda s: put(s, checks={**s.value["checks"], "redis": "ok"}),
)
answers("a secret member", lambda a: is_item(a, "GET"), lambda s: put(s, password_hash="$2b$12$abcdef"))

# Problems

answers("problem without code", lambda a: True, lambda s: drop(s, "code"), good=False)
answers(
    "problem with another status",
    lambda a: is_item(a, "GET"),
    lambda s: put(s, status=400 if s.status != 400 else 404),
    good=False,
)
answers("problem code unlisted", lambda a: is_item(a, "GET"), lambda s: put(s, code="user_missing"), good=False)
answers(
    "problem code of another status", lambda a: is_item(a, "GET"), lambda s: put(s, code="token_expired"), good=False
)
answers(
    "stack trace",
    lambda a: is_register(a),
    lambda s: put(s, detail='Traceback (most recent call last):\n  File "app.py"'),
    good=False,
)

# Security

requests(
    "security off for reading", lambda a: is_item(a, "GET"), lambda a: a.headers.update(authorization="Bearer good")
)
requests(
    "security off for deleting", lambda a: is_item(a, "DELETE"), lambda a: a.headers.update(authorization="Bearer good")
)
requests(
    "security off for figures", lambda a: a.path == "/metrics", lambda a: a.headers.update(authorization="Bearer good")
)
requests(
    "any credential will do",
    lambda a: is_item(a, "PATCH") and "authorization" in a.headers,
    lambda a: a.headers.update(authorization="Bearer good"),
)
requests(
    "any scheme will do",
    lambda a: is_list(a) and not a.headers.get("authorization", "Bearer").startswith("Bearer "),
    lambda a: a.headers.update(authorization="Bearer good"),
)
requests(
    "forbidden is allowed",
    lambda a: is_register(a) and "forbidden" in a.headers.get("authorization", ""),
    lambda a: a.headers.update(authorization="Bearer good"),
)
instead(
    "health asks for a credential",
    lambda a: a.path == "/health" and "authorization" not in a.headers,
    lambda: problem(401, "unauthorized"),
)


requests("good credentials refused", lambda a: a.path == "/metrics", lambda a: a.headers.pop("authorization", None))


@fault("401 is 403")
def _unauthorized() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        return problem(403, "forbidden") if said.status == 401 else said

    return spoil


@fault("refused but done")
def _refused_but_done() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if said.status == 401 and is_item(asked, "DELETE"):
            asked.headers["authorization"] = "Bearer good"
            await call(asked)
        return said

    return spoil


# Idempotency

requests("key ignored", is_register, lambda a: a.headers.pop("idempotency-key", None))
requests(
    "key ignored for mails",
    lambda a: a.path.endswith("email-verifications"),
    lambda a: a.headers.pop("idempotency-key", None),
)
requests(
    "key ignored for codes",
    lambda a: a.path.endswith("phone-verifications"),
    lambda a: a.headers.pop("idempotency-key", None),
)


@fault("key replays whatever is asked")
def _key_without_payload() -> Fault:
    kept: dict[str, Said] = {}

    async def spoil(call: Call, asked: Asked) -> Said:
        key = asked.headers.get("idempotency-key")
        if key is None or not is_register(asked) or "authorization" not in asked.headers:
            return await call(asked)
        if key not in kept:
            said = await call(asked)
            if said.status >= 400:
                return said
            kept[key] = said
        return kept[key]

    return spoil


@fault("key makes anew after a while")
def _key_with_other_times() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_register(asked) and said.status == 201:
            put(said, created_at=f"2026-01-01T00:00:{random.randrange(10, 60)}.{random.randrange(100, 999)}Z")
        return said

    return spoil


# Pages

answers(
    "page lacks its last item",
    is_list,
    lambda s: put(s, data=s.value["data"][:-1] if len(s.value["data"]) > 1 else s.value["data"]),
)
answers(
    "item twice on a page",
    is_list,
    lambda s: put(
        s, data=[*s.value["data"][:-1], *s.value["data"][:1]] if len(s.value["data"]) > 2 else s.value["data"]
    ),
)
answers(
    "order of a page is random", is_list, lambda s: put(s, data=random.sample(s.value["data"], len(s.value["data"])))
)
answers("has_more is always true", is_list, lambda s: put(s, page={**s.value["page"], "has_more": True}))
requests(
    "limit ignored",
    is_list,
    lambda a: setattr(
        a, "asked", {k: v for k, v in a.asked.items() if k != "limit" or not v.isdigit() or not 0 < int(v) <= 100}
    ),
)
requests(
    "one more than limit",
    is_list,
    lambda a: setattr(
        a,
        "asked",
        {k: str(int(v) + 1) if k == "limit" and v.isdigit() and 0 < int(v) < 100 else v for k, v in a.asked.items()},
    ),
)
requests(
    "limit above the maximum",
    is_list,
    lambda a: setattr(
        a, "asked", {k: "100" if k == "limit" and v.isdigit() and int(v) > 100 else v for k, v in a.asked.items()}
    ),
)


@fault("pages never end")
def _endless() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_list(asked) and said.status == 200 and not said.value["page"]["has_more"] and said.value["data"]:
            put(said, page={"next_cursor": "again", "has_more": True})
        if is_list(asked) and asked.asked.get("cursor") == "again":
            asked.asked = {k: v for k, v in asked.asked.items() if k != "cursor"}
            return await call(asked)
        return said

    return spoil


@fault("unknown cursor is the first page")
def _cursor() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_list(asked) and said.status == 400 and "cursor" in asked.asked:
            asked.asked = {k: v for k, v in asked.asked.items() if k != "cursor"}
            return await call(asked)
        return said

    return spoil


@fault("cursor overlaps")
def _overlap() -> Fault:
    last: list[Any] = []

    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_list(asked) and said.status == 200:
            value = said.value
            if "cursor" in asked.asked and last and len(value["data"]) > 1:
                put(said, data=[last[-1], *value["data"][:-1]])
            last[:] = value["data"]
        return said

    return spoil


requests("filter ignored", is_list, lambda a: setattr(a, "asked", {k: v for k, v in a.asked.items() if k != "region"}))


@fault("filter finds nothing")
def _filter() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_list(asked) and said.status == 200 and "status" in asked.asked:
            put(said, data=[], page={"next_cursor": None, "has_more": False})
        return said

    return spoil


# State

instead(
    "delete does nothing",
    lambda a: is_item(a, "DELETE") and "reason" in a.asked and "authorization" in a.headers,
    lambda: Said(204, {"x-request-id": "1"}),
)


@fault("deleted is still listed")
def _still_listed() -> Fault:
    ghosts: list[Any] = []

    async def spoil(call: Call, asked: Asked) -> Said:
        if is_item(asked, "DELETE"):
            read = await call(Asked("GET", asked.path, "", {"authorization": "Bearer good"}, b""))
            said = await call(asked)
            if said.status == 204:
                ghosts.append(read.value)
            return said
        said = await call(asked)
        if is_list(asked) and said.status == 200 and not said.value["page"]["has_more"]:
            put(said, data=[*said.value["data"], *ghosts])
        return said

    return spoil


@fault("deleted twice fails")
def _deleted_twice() -> Fault:
    gone: set[str] = set()

    async def spoil(call: Call, asked: Asked) -> Said:
        if is_item(asked, "DELETE") and asked.path in gone and "authorization" in asked.headers:
            return boom()
        said = await call(asked)
        if is_item(asked, "DELETE") and said.status == 204:
            gone.add(asked.path)
        return said

    return spoil


@fault("update is not stored")
def _not_stored() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        if not is_item(asked, "PATCH"):
            return await call(asked)
        before = await call(Asked("GET", asked.path, "", {"authorization": "Bearer good"}, b""))
        said = await call(asked)
        if said.status == 200 and before.status == 200:
            known = before.value
            back = {k: known.get(k) for k in asked.value if k in known or k in said.value}
            await call(Asked("PATCH", asked.path, "", dict(asked.headers), json.dumps(back).encode()))
        return said

    return spoil


@fault("update answers the old")
def _old_answer() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        if not is_item(asked, "PATCH"):
            return await call(asked)
        before = await call(Asked("GET", asked.path, "", {"authorization": "Bearer good"}, b""))
        said = await call(asked)
        if said.status == 200 and before.status == 200:
            said.value = before.value
        return said

    return spoil


@fault("stale read")
def _stale() -> Fault:
    kept: dict[str, bytes] = {}

    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_item(asked, "GET") and said.status == 200:
            said.body = kept.setdefault(asked.path, said.body)
        return said

    return spoil


@fault("PATCH replaces")
def _patch_is_put() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        value = asked.value
        if is_item(asked, "PATCH") and isinstance(value, dict):
            said = await call(asked)
            if said.status == 200:
                rest = {
                    k: None for k in ("business_type", "industry_code", "region") if k not in value and k in said.value
                }
                if rest:
                    said = await call(Asked("PATCH", asked.path, "", dict(asked.headers), json.dumps(rest).encode()))
            return said
        return await call(asked)

    return spoil


requests(
    "null is passed over",
    lambda a: is_item(a, "PATCH") and isinstance(a.value, dict) and None in a.value.values(),
    lambda a: setattr(a, "value", {k: v for k, v in a.value.items() if v is not None}),
)


@fault("update touches all")
def _touches_all() -> Fault:
    made: list[str] = []

    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_register(asked) and said.status == 201:
            made.append(said.value["user_id"])
        if is_item(asked, "PATCH") and said.status == 200:
            for number in made[-4:]:
                await call(Asked("PATCH", f"{USERS}/{number}", "", dict(asked.headers), asked.body))
        return said

    return spoil


@fault("delete takes another one along")
def _deletes_more() -> Fault:
    made: list[str] = []

    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_register(asked) and said.status == 201:
            made.append(said.value["user_id"])
        if is_item(asked, "DELETE") and said.status == 204:
            for number in made[-4:]:
                await call(Asked("DELETE", f"{USERS}/{number}", asked.query, dict(asked.headers), b""))
        return said

    return spoil


answers("optional member lost", lambda a: is_item(a, "GET"), lambda s: drop(s, "representative_name"))
answers("id of another", lambda a: is_item(a, "GET"), lambda s: put(s, user_id="01998b1e-7c41-7d3e-9b52-6f1e2d3c4b5a"))


@fault("password comes back")
def _password() -> Fault:
    last: dict[str, str] = {}

    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_register(asked) and said.status == 201:
            last[said.value["user_id"]] = asked.value["password"]
        if is_item(asked, "GET") and said.status == 200 and said.value["user_id"] in last:
            put(said, credentials={"word": last[said.value["user_id"]]})
        return said

    return spoil


@fault("password is echoed")
def _echo() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_register(asked) and said.status == 201:
            put(said, welcome=f"Your password is {asked.value['password']}")
        return said

    return spoil


# Conflicts


def _unconflicting(name: str, member: str, change: Callable[[str], str]) -> None:
    @fault(name)
    def make() -> Fault:
        seen: set[str] = set()

        async def spoil(call: Call, asked: Asked) -> Said:
            value = asked.value
            if is_register(asked) and isinstance(value, dict) and value.get(member) in seen:
                asked.value = {**value, member: change(value[member])}
            said = await call(asked)
            if is_register(asked) and said.status == 201:
                seen.add(value[member])
            return said

        return spoil


_unconflicting("e-mail may be taken twice", "email", lambda text: f"x{random.randrange(10**9)}{text}")


def _number(_: str) -> str:
    digits = [random.randrange(1, 10) for _ in range(9)]
    total = sum(d * w for d, w in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=True)) + 5 * digits[8] // 10
    text = "".join(map(str, [*digits, (10 - total % 10) % 10]))
    return f"{text[:3]}-{text[3:5]}-{text[5:]}"


_unconflicting("business may be taken twice", "business_registration_number", _number)


@fault("conflict is 400")
def _conflict_is_400() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        return problem(400, "invalid_request") if is_register(asked) and said.status == 409 else said

    return spoil


# Input

instead("fails on Korean", has(lambda t: any("가" <= c <= "힣" for c in t)), boom)
instead("fails on emoji", has(lambda t: any(ord(c) > 0xFFFF for c in t)), boom)
instead("fails on long text", has(lambda t: len(t) > 90), boom)
instead("fails on NUL", has(lambda t: "\u0000" in t), boom)
instead("fails on a quote", has(lambda t: "'" in t), boom)
instead("fails on an empty body", lambda a: is_register(a) and not a.body, boom)
instead("fails on broken JSON", lambda a: is_register(a) and bool(a.body) and a.value is None, boom)
instead("fails on an array", lambda a: is_register(a) and isinstance(a.value, list), boom)
instead("fails on an unknown id", lambda a: is_item(a, "GET") and not re.search(r"/[0-9a-f-]{36}$", a.path), boom)
instead("fails on a broken query", lambda a: is_list(a) and "%ZZ" in a.query, boom)
instead(
    "refuses long names",
    lambda a: (
        is_item(a, "PATCH")
        and len((a.value or {}).get("business_name") or "") > 50
        and len(a.value["business_name"]) <= 100
    ),
    lambda: problem(400, "invalid_request"),
)
instead(
    "refuses a region",
    lambda a: (
        is_register(a) and isinstance(a.value, dict) and a.value.get("region") == "52" and "authorization" in a.headers
    ),
    lambda: problem(400, "invalid_request"),
)
instead(
    "refuses the largest page",
    lambda a: is_list(a) and a.asked.get("limit") == "100",
    lambda: problem(400, "invalid_request"),
)


def _lenient(name: str, which: Callable[[Asked], bool], change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    requests(
        name,
        lambda a: which(a) and isinstance(a.value, dict) and bool(a.value),
        lambda a: setattr(a, "value", change(a.value)),
    )


_KNOWN = {
    "business_name",
    "business_registration_number",
    "business_type",
    "email",
    "industry_code",
    "industry_code_revision",
    "password",
    "phone_number",
    "region",
    "representative_name",
    "start_date",
}
_lenient("takes unknown members", is_register, lambda v: {k: x for k, x in v.items() if k in _KNOWN})
_lenient(
    "takes long names",
    is_register,
    lambda v: {k: x[:100] if k == "business_name" and isinstance(x, str) else x for k, x in v.items()},
)
_lenient(
    "takes numbers as text",
    is_register,
    lambda v: {
        k: int(x) if k == "industry_code_revision" and isinstance(x, str) and x.isdigit() else x for k, x in v.items()
    },
)
_lenient(
    "takes bad phone numbers",
    is_register,
    lambda v: {**v, "phone_number": "010-1234-5678"} if isinstance(v.get("phone_number"), str) else v,
)
_lenient(
    "takes short passwords",
    is_register,
    lambda v: (
        {**v, "password": (v["password"] + "12345678")[:128]}
        if isinstance(v.get("password"), str) and len(v["password"]) < 8
        else v
    ),
)
_lenient("takes a registration without phone", is_register, lambda v: {"phone_number": "010-1234-5678", **v})
requests(
    "takes a deletion without reason",
    lambda a: is_item(a, "DELETE") and "reason" not in a.asked,
    lambda a: setattr(a, "asked", {"reason": "none"}),
)


@fault("spoils Korean")
def _mojibake() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        value = asked.value
        if is_register(asked) and isinstance(value, dict) and isinstance(value.get("business_name"), str):
            spelt = value["business_name"].encode("cp949", "replace").decode("cp949")
            asked.value = {**value, "business_name": spelt}
        return await call(asked)

    return spoil


_lenient(
    "cuts names",
    is_register,
    lambda v: {k: x[:20] if k == "business_name" and isinstance(x, str) and len(x) <= 100 else x for k, x in v.items()},
)


@fault("hangs on a change")
def _hang() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        if is_item(asked, "PATCH"):
            await asyncio.sleep(60)
        return await call(asked)

    return spoil


@fault("hangs on a broken body")
def _hang_rarely() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        if asked.path.endswith("password-resets") and asked.body and asked.value is None:
            await asyncio.sleep(60)
        return await call(asked)

    return spoil


@fault("breaks the connection")
def _crash() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        if is_register(asked) and len(asked.body) > 3_000:
            raise RuntimeError("crash")
        return await call(asked)

    return spoil


# Reading what is not there, negotiation, methods


@fault("unknown is found")
def _found() -> Fault:
    known: list[Said] = []

    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_item(asked, "GET") and said.status == 200:
            known[:] = [said]
        return known[0] if known and is_item(asked, "GET") and said.status == 404 else said

    return spoil


@fault("unknown is 400")
def _unknown() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        return problem(400, "invalid_request") if is_item(asked, "PATCH") and said.status == 404 else said

    return spoil


requests("any Accept gets JSON", is_list, lambda a: a.headers.update(accept="*/*"))
requests(
    "any content type is JSON",
    lambda a: is_register(a) and bool(a.body),
    lambda a: a.headers.update({"content-type": "application/json"}),
)
instead(
    "refuses a charset",
    lambda a: is_register(a) and "charset" in a.headers.get("content-type", ""),
    lambda: problem(415, "unsupported_media_type"),
)
instead(
    "refuses JSON",
    lambda a: is_item(a, "GET") and a.headers.get("accept") == "application/json",
    lambda: problem(406, "not_acceptable"),
)
instead(
    "offers PUT",
    lambda a: is_item(a, "PUT"),
    lambda: Said(200, {"content-type": "application/json", "x-request-id": "1"}, b"{}"),
)
instead("wants a phone twice", lambda a: is_register(a) and b"\\u" in a.body, lambda: problem(400, "invalid_request"))


@fault("a made one is listed late")
def _late() -> Fault:
    late: list[str] = []

    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_register(asked) and said.status == 201:
            late.append(said.value["user_id"])
        if is_list(asked) and said.status == 200 and late:
            put(said, data=[item for item in said.value["data"] if item["user_id"] not in late[-3:]])
        return said

    return spoil


# Tokens


@fault("token works again")
def _reusable() -> Fault:
    used: dict[tuple[str, bytes], Said] = {}

    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        key = (asked.path, asked.body)
        if asked.path.endswith("/confirm") and said.status == 200:
            used[key] = said
        return used[key] if said.status == 409 and key in used else said

    return spoil


@fault("any code will do")
def _any_code() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if (
            asked.path.endswith("phone-verifications/confirm")
            and said.status in {409, 422}
            and isinstance(asked.value, dict)
        ):
            number = asked.path.split("/")[4]
            body = {"success": True, "user_id": number, "phone_verified": True, "verified_at": "2026-01-01T00:00:00Z"}
            return Said(200, dict(said.headers, **{"content-type": "application/json"}), json.dumps(body).encode())
        return said

    return spoil


instead(
    "token never works",
    lambda a: (
        a.path.endswith("password-resets/confirm")
        and "authorization" in a.headers
        and isinstance(a.value, dict)
        and set(a.value) == {"token", "new_password"}
    ),
    lambda: problem(404, "token_unknown"),
)
requests("mail is not sent", lambda a: False, lambda a: None)
del FAULTS["mail is not sent"]  # nobody can tell: the answer is the same when nobody has the address


@fault("guessing never ends")
def _guessing() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        return problem(422, "code_mismatch") if asked.path.endswith("/confirm") and said.status == 429 else said

    return spoil


@fault("confirmed is not seen")
def _unseen() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if is_item(asked, "GET") and said.status == 200:
            put(said, email_verified=False)
        return said

    return spoil


instead("fails on a large body", lambda a: is_register(a) and len(a.body) > 1_000_000, boom)


@fault("event without a change")
def _event_without_change() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        value = asked.value
        if is_item(asked, "PATCH") and isinstance(value, dict) and "business_name" in value and value["business_name"]:
            before = await call(Asked("GET", asked.path, "", {"authorization": "Bearer good"}, b""))
            if before.status == 200 and before.value["business_name"] == value["business_name"]:
                other = json.dumps({"business_name": "다른 이름"}).encode()
                await call(Asked("PATCH", asked.path, "", dict(asked.headers), other))
        return await call(asked)

    return spoil


@fault("event on a refusal")
def _event_on_refusal() -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        value = asked.value
        if (
            is_register(asked)
            and isinstance(value, dict)
            and "unknown" in " ".join(value)
            and "authorization" in asked.headers
        ):
            asked.value = {k: v for k, v in value.items() if not k.startswith("unknown")}
            said = await call(asked)
            return problem(400, "invalid_request") if said.status == 201 else said
        return await call(asked)

    return spoil


@fault("event on a replay")
def _event_on_replay() -> Fault:
    kept: dict[str, Said] = {}

    async def spoil(call: Call, asked: Asked) -> Said:
        key = asked.headers.get("idempotency-key")
        if key and asked.path.endswith("email-verifications") and "authorization" in asked.headers:
            said = await call(
                Asked(
                    asked.method,
                    asked.path,
                    asked.query,
                    {**asked.headers, "idempotency-key": f"{key}x{random.random()}"},
                    asked.body,
                )
            )
            if said.status < 400:
                return kept.setdefault(asked.path + key, said)
            return said
        return await call(asked)

    return spoil
