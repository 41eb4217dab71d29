"""
A provider of a fourth make: WSGI, OpenAPI 3.0, cursors and page numbers, merge patches, soft deletion, attachments,
work that takes its time, scopes; what may be wrong with it stands where a team would have got it wrong.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from aegis_contracts import Operation, load
from aegis_contracts.exchange import RequestReader

FILE = Path(__file__).parent / "helpdesk.yaml"
TOKEN, GUEST = "helpdesk-token", "helpdesk-guest"
Answer = tuple[int, dict[str, str], Any]


@cache
def reader(key: str) -> RequestReader:
    return RequestReader(operations()[key])


@cache
def operations() -> dict[str, Operation]:
    return dict(load(FILE).operations)


@cache
def routes() -> list[tuple[re.Pattern[str], str, str]]:
    made: list[tuple[re.Pattern[str], str, str]] = []
    for operation in operations().values():
        pattern = re.sub(r"\{([a-z_]+)\}", r"(?P<\1>[^/]+)", operation.path)
        made.append((re.compile(pattern), operation.method, operation.key))
    return made


class Refused(Exception):  # noqa: N818 - an answer, raised where it is found out
    def __init__(self, status: int, code: str, **headers: str) -> None:
        super().__init__(code)
        self.answer: Answer = (status, headers, {"code": code, "message": code.replace("_", " ")})


class Helpdesk:
    """
    The provider, with at most one fault.
    """

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.tickets: dict[str, dict[str, Any]] = {}
        self.deleted: set[str] = set()
        self.comments: dict[str, dict[int, dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}
        self.reports: dict[str, dict[str, Any]] = {}
        self.agents: list[dict[str, Any]] = []
        self.subscriptions: dict[int, dict[str, Any]] = {}
        self.settings: dict[str, Any] = {"locale": "ko-KR", "notify": True}
        self.keys: dict[str, tuple[bytes, Answer]] = {}
        self.numbers = itertools.count(1)
        self.lock = threading.RLock()

    def wrong(self, name: str) -> bool:
        return self.fault == name

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        try:
            with self.lock:
                answer = self.answer(environ, body)
        except Refused as refused:
            answer = refused.answer
        status, headers, value = self.spoilt(environ, *answer)
        if isinstance(value, bytes):
            content = value
        else:
            content = b"" if value is None else json.dumps(value, ensure_ascii=False).encode()
            headers = {**({} if value is None else {"Content-Type": "application/json"}), **headers}
        listed = environ["REQUEST_METHOD"] == "GET" and status == 200 and environ["PATH_INFO"] == "/v1/tickets"
        if listed and not self.wrong("rate limit header is missing"):
            headers["X-RateLimit-Remaining"] = "-1" if self.wrong("rate limit is negative") else "99"
        start_response(f"{status} X", [*headers.items(), ("Content-Length", str(len(content)))])
        return [content]

    def spoilt(self, environ: dict[str, Any], status: int, headers: dict[str, str], value: Any) -> Answer:
        if status == 401 and self.wrong("401 without challenge"):
            headers.pop("WWW-Authenticate", None)
        if status == 404 and self.wrong("404 is HTML"):
            return 404, {"Content-Type": "text/html"}, b"<h1>Not Found</h1>"
        if status == 404 and self.wrong("404 is 200 with null"):
            return 200, {"Content-Type": "application/json"}, b"null"
        if status == 400 and self.wrong("400 is 422"):
            return 422, headers, value
        if status == 400 and self.wrong("400 lacks the message"):
            return status, headers, {"code": value["code"]}
        if status == 400 and self.wrong("400 shows a stack trace"):
            return status, headers, {**value, "message": "Traceback (most recent call last): File a.py"}
        if status == 400 and self.wrong("400 is 200 with an error inside"):
            return 200, headers, value
        if status == 405 and self.wrong("405 is 500"):
            return 500, headers, value
        if status == 200 and self.wrong("JSON is sent as text") and "/agents" in environ["PATH_INFO"]:
            return status, {**headers, "Content-Type": "text/plain"}, value
        return status, headers, value

    def answer(self, environ: dict[str, Any], body: bytes) -> Answer:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace").removeprefix("/v1")
        method = environ["REQUEST_METHOD"]
        found = [(match, m, key) for p, m, key in routes() if (match := p.fullmatch(path)) is not None]
        if not found:
            raise Refused(404, "no_such_path")
        chosen = next(((match, key) for match, m, key in found if m == method), None)
        if chosen is None:
            raise Refused(405, "method_not_allowed", Allow=", ".join(m for _, m, _ in found))
        match, key = chosen
        headers = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
        if environ.get("CONTENT_TYPE"):
            headers["content-type"] = environ["CONTENT_TYPE"]
        self.allow(key, headers.get("authorization", ""))
        reading = reader(key).read(match.groupdict(), environ["QUERY_STRING"], headers, body)
        if reading.unsupported and not self.wrong("any media type is read"):
            raise Refused(415, "unsupported_media_type")
        try:
            body.decode() if "json" in headers.get("content-type", "") else None
        except UnicodeDecodeError:
            raise Refused(400, "not_utf8") from None
        if reading.violations:
            self.broken(key, reading, body)
        call = getattr(self, key)
        if key == "tickets_open" and (idempotency := headers.get("idempotency-key")):
            return self.once(idempotency, body, lambda: call(reading))
        return call(reading)  # type: ignore[no-any-return]

    def broken(self, key: str, reading: Any, body: bytes) -> None:
        def only(*ends: str) -> bool:
            return bool(reading.violations) and all(v.pointer.endswith(ends) for v in reading.violations)

        def rule(*rules: str) -> bool:
            return all(v.rule in rules for v in reading.violations)

        lenient = {
            "subject may be of any length": only("/subject") and rule("maxLength"),
            "subject may be empty": only("/subject") and rule("minLength"),
            "e-mail is not looked at": only("email") and rule("format"),
            "date is not looked at": only("/due_date") and rule("format"),
            "amount may be negative": only("/amount") and rule("minimum"),
            "amount may be the limit": only("/amount") and rule("exclusiveMaximum", "maximum"),
            "priority may be anything": only("/priority") and rule("enum") and key != "tickets_list",
            "tags may repeat": only("/tags") and rule("uniqueItems"),
            "any number of tags": only("/tags") and rule("maxItems"),
            "unknown members are taken": rule("additionalProperties") and key == "tickets_open",
            "subject may be missing": rule("required") and key == "tickets_open" and only("/subject"),
            "labels hold anything": rule("type") and all("/labels/" in v.pointer for v in reading.violations),
            "limit may be 0": only("/limit") and rule("minimum"),
            "limit is cut to what is allowed": only("/limit") and rule("maximum"),
            "unknown status lists everything": only("/status") and key == "tickets_list",
            "empty change is taken": rule("minProperties"),
            "numbers may be text": only("/amount") and rule("type"),
            "url is not looked at": only("/url") and rule("format"),
            "events may be none": only("/events") and rule("minItems"),
            "null subject is taken": only("/subject") and rule("type") and key == "tickets_change",
            "columns may be anything": rule("enum") and key == "reports_start",
            "page size of settings is free": only("/page_size"),
        }
        if any(self.wrong(name) and so for name, so in lenient.items()):
            return
        if rule("syntax") and self.wrong("broken JSON is a failure"):
            raise Refused(500, "internal")
        if rule("type") and self.wrong("wrong types are a failure"):
            raise Refused(500, "internal")
        if only("/ticket_id") and self.wrong("an id that is no uuid is a failure"):
            raise Refused(500, "internal")
        raise Refused(400, "invalid")

    def allow(self, key: str, told: str) -> None:
        if not told.startswith("Bearer ") and not told.startswith("bearer "):
            if key == "comments_list" and self.wrong("comments need no token"):
                return
            raise Refused(401, "no_token", **{"WWW-Authenticate": "Bearer"})
        token = told[7:]
        if token == GUEST and self.wrong("a guest may close") and key == "tickets_close":
            return
        if token == GUEST:
            raise Refused(401 if self.wrong("403 is 401") else 403, "scope", **{"WWW-Authenticate": "Bearer"})
        if token != TOKEN and not (key == "tickets_delete" and self.wrong("any token may delete")):
            raise Refused(401, "bad_token", **{"WWW-Authenticate": "Bearer"})

    def once(self, key: str, body: bytes, call: Callable[[], Answer]) -> Answer:
        if self.wrong("Idempotency-Key is ignored"):
            return call()
        if key in self.keys:
            asked, answer = self.keys[key]
            if asked != body and not self.wrong("a key takes another body"):
                raise Refused(409, "key_used")
            return (200, *answer[1:]) if self.wrong("a repeated key is 200") else answer
        answer = call()
        self.keys[key] = (body, answer)
        return answer

    # Tickets

    def tag(self, ticket: dict[str, Any]) -> dict[str, str]:
        if self.wrong("ETag is of the id only"):
            return {"ETag": f'"{ticket["id"]}"'}
        if self.wrong("no ETag"):
            return {}
        return {"ETag": f'"{ticket["id"]}.{ticket["_version"]}"'}

    def shown(self, ticket: dict[str, Any], where: str = "one") -> dict[str, Any]:
        out: dict[str, Any] = {name: value for name, value in ticket.items() if not name.startswith("_")}
        if self.wrong("created_at has no offset"):
            out["created_at"] = out["created_at"].rstrip("Z")
        if self.wrong("amount is text") and "amount" in out:
            out["amount"] = f"{out['amount']:.2f}"
        if self.wrong("null is left out"):
            out = {name: value for name, value in out.items() if value is not None}
        if self.wrong("null is an empty text"):
            out = {name: "" if value is None and name != "due_date" else value for name, value in out.items()}
        if self.wrong("priority is in capitals"):
            out["priority"] = out["priority"].upper()
        if self.wrong("an inner secret is shown"):
            out["password_hash"] = "5f4dcc3b5aa765d61d8327deb882cf99"
        if where == "list" and self.wrong("list hides labels"):
            out.pop("labels", None)
        if where == "list" and self.wrong("list cuts the subject"):
            out["subject"] = out["subject"][:10]
        if where == "list" and self.wrong("list has numbers for ids"):
            out["id"] = UUID(out["id"]).int % 1_000
        return out

    def tickets_open(self, reading: Any) -> Answer:
        sent = dict(reading.body)
        moment = "2026-11-27T09:00:00Z"
        ticket: dict[str, Any] = {
            "id": str(uuid4()),
            "status": "open",
            "description": None,
            "priority": "low" if self.wrong("default is another one") else "normal",
            "assignee_email": None,
            "due_date": None,
            "tags": [],
            "created_at": moment,
            "updated_at": moment,
            "_version": 1,
            "_number": next(self.numbers),
            **self.written(sent),
        }
        if self.wrong("ids repeat") and self.tickets:
            ticket["id"] = next(iter(self.tickets))
        self.tickets[ticket["id"]] = ticket
        self.comments[ticket["id"]] = {}
        location = "/v1/tickets" if self.wrong("Location is the collection's") else f"/v1/tickets/{ticket['id']}"
        if self.wrong("Location is another one's"):
            location = f"/v1/tickets/{uuid4()}"
        headers = {"Location": location, **self.tag(ticket)}
        if self.wrong("no Location"):
            headers.pop("Location")
        return (200 if self.wrong("opened is 200") else 201), headers, self.shown(ticket)

    def written(self, sent: dict[str, Any]) -> dict[str, Any]:
        out = dict(sent)
        amount = out.get("amount")
        if isinstance(amount, int | float):
            if self.wrong("amount is rounded"):
                out["amount"] = round(amount)
            if self.wrong("amount 0 is none") and amount == 0:
                out.pop("amount")
        if "tags" in out:
            if self.wrong("tags are sorted"):
                out["tags"] = sorted(out["tags"])
            if self.wrong("tags lose the last"):
                out["tags"] = out["tags"][:-1]
        if isinstance(out.get("subject"), str):
            if self.wrong("subject is cut at 100"):
                out["subject"] = out["subject"][:100]
            if self.wrong("subject is trimmed and lowered"):
                out["subject"] = out["subject"].lower()
            if self.wrong("subject is Latin-1"):
                out["subject"] = out["subject"].encode("latin-1", "replace").decode("latin-1")
            if self.wrong("subject is escaped"):
                out["subject"] = out["subject"].replace("<", "&lt;").replace("'", "&#39;")
        if isinstance(out.get("due_date"), str) and self.wrong("due_date is a day early"):
            out["due_date"] = str(date.fromisoformat(out["due_date"]) - timedelta(days=1))
        if out.get("urgent") is False and self.wrong("false is lost"):
            out.pop("urgent")
        if "labels" in out and self.wrong("labels are lost"):
            out.pop("labels")
        if "labels" in out and self.wrong("labels are lowered"):
            out["labels"] = {name.lower(): value for name, value in out["labels"].items()}
        if out.get("description") == "" and self.wrong("an empty text is null"):
            out["description"] = None
        return out

    def ticket(self, number: str) -> dict[str, Any]:
        number = number.lower()
        if number in self.deleted and not self.wrong("deleted is still there"):
            raise Refused(410, "deleted")
        if number not in self.tickets:
            if self.wrong("unknown is a failure"):
                raise Refused(500, "internal")
            raise Refused(404, "no_ticket")
        return self.tickets[number]

    def tickets_get(self, reading: Any) -> Answer:
        ticket = self.ticket(reading.path["ticket_id"])
        tag = self.tag(ticket)
        if reading.header.get("If-None-Match") == tag.get("ETag") and not self.wrong("If-None-Match is ignored"):
            return 304, tag, None
        if self.wrong("GET is of the first") and self.tickets:
            return 200, tag, self.shown(next(iter(self.tickets.values())))
        return 200, tag, self.shown(ticket)

    def tickets_change(self, reading: Any) -> Answer:
        ticket = self.ticket(reading.path["ticket_id"])
        before = dict(ticket)
        sent = self.written(reading.body)
        if self.wrong("null does not remove"):
            sent = {name: value for name, value in sent.items() if value is not None}
        if self.wrong("change forgets due_date"):
            sent.pop("due_date", None)
        if self.wrong("change resets what it does not name"):
            ticket.update(description=None, tags=[])
        if self.wrong("change adds to tags") and "tags" in sent:
            sent["tags"] = [*ticket["tags"], *(tag for tag in sent["tags"] if tag not in ticket["tags"])]
        if self.wrong("change is for all") and "priority" in sent:
            for other in self.tickets.values():
                other["priority"] = sent["priority"]
        if not self.wrong("change is not kept"):
            ticket.update(sent)
        if not self.wrong("version stays"):
            ticket["_version"] += 1
        ticket["updated_at"] = "2026-11-27T10:00:00Z"
        if self.wrong("change answers what was"):
            return 200, self.tag(ticket), self.shown(before)
        return 200, self.tag(ticket), self.shown({**ticket, **sent})

    def tickets_delete(self, reading: Any) -> Answer:
        ticket = self.ticket(reading.path["ticket_id"])
        if not self.wrong("delete does nothing"):
            self.deleted.add(ticket["id"])
        if self.wrong("delete takes the next along"):
            others = [number for number in self.tickets if number not in self.deleted]
            self.deleted.update(others[-1:])
        return (200, {}, {"deleted": True}) if self.wrong("delete is 200") else (204, {}, None)

    def tickets_list(self, reading: Any) -> Answer:
        asked = reading.query
        kept = [t for t in self.tickets.values() if t["id"] not in self.deleted or self.wrong("deleted is listed")]
        whole = kept
        status, priority = asked.get("status"), asked.get("priority")
        if status and not self.wrong("status is ignored"):
            kept = [t for t in kept if t["status"] == status]
        if priority and not self.wrong("priority is ignored"):
            kept = [t for t in kept if t["priority"] == priority]
        sort = asked.get("sort") or "created_at"
        name = "subject" if "subject" in sort else "_number"
        if not self.wrong("sort is ignored"):
            down = sort.startswith("-") and not self.wrong("sort is always ascending")
            kept = sorted(kept, key=lambda t: t[name], reverse=down)
        start = self.place(asked.get("cursor"))
        limit = asked.get("limit", 20)
        limit = limit if isinstance(limit, int) else 20
        if self.wrong("limit is cut to what is allowed"):
            limit = min(limit, 50)
        if self.wrong("limit is ignored"):
            limit = 20
        shown = kept[start : start + limit + (1 if self.wrong("one more than limit") else 0)]
        end = start + limit
        if self.wrong("pages overlap"):
            end -= 1 if limit > 1 else 0
        if self.wrong("pages leave one out"):
            end += 1
        more = end < len(kept)
        following = base64.urlsafe_b64encode(str(end).encode()).decode() if more else None
        if self.wrong("a cursor on the last page") and not more:
            following = base64.urlsafe_b64encode(str(end).encode()).decode()
        if self.wrong("has_more is always false"):
            more = False
        total = len(shown) if self.wrong("total is of the page") else len(kept)
        if self.wrong("total is of all"):
            total = len(whole)
        if self.wrong("total is one less"):
            total = max(0, total - 1)
        page = {"next_cursor": following, "has_more": more, "total": total}
        return 200, {}, {"data": [self.shown(t, "list") for t in shown], "pagination": page}

    def place(self, cursor: str | None) -> int:
        if cursor is None:
            return 0
        try:
            return int(base64.urlsafe_b64decode(cursor).decode())
        except ValueError:
            if self.wrong("unknown cursor is the start"):
                return 0
            if self.wrong("unknown cursor is a failure"):
                raise Refused(500, "internal") from None
            raise Refused(400, "cursor") from None

    def tickets_close(self, reading: Any) -> Answer:
        ticket = self.ticket(reading.path["ticket_id"])
        if ticket["status"] == "closed" and not self.wrong("closing twice is fine"):
            raise Refused(409, "closed")
        if self.wrong("close is not kept"):
            return 200, {}, self.shown({**ticket, "status": "closed"})
        before = dict(ticket)
        ticket["status"] = "closed"
        ticket["_version"] += 1
        return 200, {}, self.shown(before if self.wrong("close answers what was") else ticket)

    # Comments and attachments

    def comments_add(self, reading: Any) -> Answer:
        number = str(reading.path["ticket_id"])
        if not self.wrong("comments on nothing"):
            number = self.ticket(number)["id"]
        comment: dict[str, Any] = {
            "id": next(self.numbers),
            "internal": False,
            "written_at": "2026-11-27T09:00:00Z",
            **reading.body,
        }
        if self.wrong("internal is turned around"):
            comment["internal"] = not comment["internal"]
        self.comments.setdefault(number, {})[comment["id"]] = comment
        return 201, {}, comment

    def comments_list(self, reading: Any) -> Answer:
        own = self.comments[self.ticket(reading.path["ticket_id"])["id"]]
        if self.wrong("comments of all"):
            own = {number: one for many in self.comments.values() for number, one in many.items()}
        if self.wrong("comments are null"):
            return 200, {}, list(own.values()) or None
        if self.wrong("comments in an envelope"):
            return 200, {}, {"comments": list(own.values())}
        return 200, {}, list(own.values())

    def comment(self, reading: Any) -> dict[int, dict[str, Any]]:
        own = self.comments[self.ticket(reading.path["ticket_id"])["id"]]
        number = reading.path["comment_id"]
        if self.wrong("comments of another ticket"):
            own = next((many for many in self.comments.values() if number in many), own)
        if number not in own:
            raise Refused(404, "no_comment")
        return own

    def comments_get(self, reading: Any) -> Answer:
        return 200, {}, self.comment(reading)[reading.path["comment_id"]]

    def comments_delete(self, reading: Any) -> Answer:
        own = self.comment(reading)
        if self.wrong("all comments are deleted"):
            own.clear()
        own.pop(reading.path["comment_id"], None)
        return 204, {}, None

    def attachment_put(self, reading: Any) -> Answer:
        ticket = self.ticket(reading.path["ticket_id"])
        if self.wrong("attachment goes nowhere"):
            return 204, {}, None
        content: bytes = reading.body
        if self.wrong("attachment is read as text"):
            content = content.decode("ascii", "replace").encode()
        if self.wrong("attachment loses its last byte"):
            content = content[:-1]
        self.files[ticket["id"]] = content
        return 204, {}, None

    def attachment_get(self, reading: Any) -> Answer:
        ticket = self.ticket(reading.path["ticket_id"])
        if ticket["id"] not in self.files:
            raise Refused(404, "no_attachment")
        kind = "application/json" if self.wrong("attachment is called JSON") else "application/octet-stream"
        return 200, {"Content-Type": kind}, self.files[ticket["id"]]

    # Reports, agents, subscriptions, settings

    def reports_start(self, reading: Any) -> Answer:
        report: dict[str, Any] = {"id": f"rep_{next(self.numbers)}", "status": "queued", "url": None, **reading.body}
        self.reports[report["id"]] = report
        headers = {"Location": f"/v1/reports/{report['id']}"}
        if self.wrong("202 without Location"):
            headers = {}
        if self.wrong("202 leads nowhere"):
            headers = {"Location": "/v1/reports/rep_0"}
        if self.wrong("report status is of its own"):
            return 202, headers, {**report, "status": "accepted"}
        return (200 if self.wrong("202 is 200") else 202), headers, dict(report)

    def reports_get(self, reading: Any) -> Answer:
        if self.wrong("report hangs"):
            time.sleep(3)
        report = self.reports.get(reading.path["report_id"])
        if report is None:
            if self.wrong("an unknown report is queued"):
                return 200, {}, {"id": reading.path["report_id"], "status": "queued", "url": None}
            raise Refused(404, "no_report")
        if report["status"] == "queued":
            report["status"] = "running"
        else:
            report.update(status="done", url="https://helpdesk.example.com/files/1.csv")
        if self.wrong("report url is relative") and report["url"]:
            return 200, {}, {**report, "url": "/files/1.csv"}
        if self.wrong("report forgets what was asked"):
            return 200, {}, {name: report[name] for name in ("id", "status", "url")}
        return 200, {}, report

    def agents_add(self, reading: Any) -> Answer:
        sent = dict(reading.body)
        taken = any(one["email"] == sent["email"] for one in self.agents)
        if taken and not self.wrong("an e-mail may be taken twice"):
            raise Refused(400 if self.wrong("409 is 400") else 409, "email_exists")
        agent = {"agent_id": next(self.numbers), **sent}
        if self.wrong("agent answers without languages"):
            self.agents.append(dict(agent))
            agent.pop("languages", None)
            return 201, {}, agent
        self.agents.append(agent)
        return 201, {}, agent

    def agents_list(self, reading: Any) -> Answer:
        page, size = reading.query.get("page", 1), reading.query.get("per_page", 10)
        at = (page if self.wrong("pages are counted from 0") else page - 1) * size
        shown = self.agents[at : at + size]
        total = len(self.agents)
        pages = -(-total // size)
        if self.wrong("total_pages is rounded down"):
            pages = total // size
        if self.wrong("total_pages is total"):
            pages = total
        if self.wrong("page is ignored"):
            shown = self.agents[:size]
        if self.wrong("behind the end is the last page") and not shown:
            shown = self.agents[-size:]
        told = 1 if self.wrong("page says 1") else page
        if self.wrong("page says one less"):
            told = page - 1
        return (
            200,
            {},
            {
                "items": shown,
                "page": told,
                "per_page": 10 if self.wrong("per_page says 10") else size,
                "total": total + 1 if self.wrong("total is one more") else total,
                "total_pages": pages,
            },
        )

    def subscriptions_add(self, reading: Any) -> Answer:
        made: dict[str, Any] = {"id": next(self.numbers), **reading.body}
        if self.wrong("events lose one") and len(made["events"]) > 1:
            made["events"] = made["events"][:1]
        self.subscriptions[made["id"]] = made
        secret = self.wrong("signing_secret is answered")
        return 201, {}, {name: value for name, value in made.items() if name != "signing_secret" or secret}

    def subscriptions_list(self, reading: Any) -> Answer:
        del reading
        secret = self.wrong("signing_secret is listed")
        return (
            200,
            {},
            [
                {name: value for name, value in one.items() if name != "signing_secret" or secret}
                for one in self.subscriptions.values()
            ],
        )

    def subscriptions_get(self, reading: Any) -> Answer:
        found = self.subscriptions.get(reading.path["subscription_id"])
        if found is None:
            raise Refused(404, "no_subscription")
        return 200, {}, {name: value for name, value in found.items() if name != "signing_secret"}

    def subscriptions_delete(self, reading: Any) -> Answer:
        number = reading.path["subscription_id"]
        if number not in self.subscriptions and not self.wrong("deleting nothing is fine"):
            raise Refused(404, "no_subscription")
        self.subscriptions.pop(number, None)
        return 204, {}, None

    def settings_get(self, reading: Any) -> Answer:
        del reading
        return 200, {}, self.settings

    def settings_put(self, reading: Any) -> Answer:
        if self.wrong("settings are merged"):
            self.settings = {**self.settings, **reading.body}
        elif self.wrong("notify stays"):
            self.settings = {**reading.body, "notify": self.settings["notify"]}
            return 200, {}, reading.body
        else:
            self.settings = dict(reading.body)
        return 200, {}, self.settings


# Named where they stand, so none can be forgotten here.
_SOURCE = Path(__file__).read_text(encoding="utf-8")
FAULTS = dict.fromkeys(
    [
        *re.findall(r'self\.wrong\("([^"]+)"\)', _SOURCE),
        *re.findall(r'^            "([^"]+ [^"]+)": ', _SOURCE, re.MULTILINE),
    ]
)
