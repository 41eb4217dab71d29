"""
Small contracts in the styles of well-known APIs: how each names an item, wraps it, changes it and pages its lists.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class Style:
    """
    One API.

    Args:
        collection: where items are made and listed.
        item: the path of one.
        properties: of an item, as answers show it.
        shown: an answer with one item, ``ITEM`` in the place of its schema.
        taken: a request with one item; as it is answered, if left out.
        listed: an answer with a list, ``ITEM`` in the place of its schema.
        inputs: query parameters of the list, name and schema.
        change: the method that changes an item.
        media_type: of requests.
        name: the parameter of the item's path, and its schema.
        walk: how a client goes through the pages: what it asks for, and where it reads that.
        size: the parameter that says how many.
        id: where an item's name is.
        listing: method and path of the list, where it is not GET of the collection.
    """

    collection: str
    item: str
    properties: dict[str, Any]
    listed: Any
    walk: tuple[str, ...]
    shown: Any = "ITEM"
    taken: Any = None
    inputs: dict[str, Any] = field(default_factory=dict)
    change: str = "PATCH"
    media_type: str = JSON
    name: tuple[str, Any] = ("id", {"type": "string"})
    size: str = "limit"
    id: tuple[str, ...] = ("id",)
    field: str = "name"
    listing: tuple[str, str] = ("GET", "")


TEXT = {"type": "string"}
MAYBE = {"type": ["string", "null"]}
URI = {"type": "string", "format": "uri"}
INT = {"type": "integer"}
BOOL = {"type": "boolean"}
SIZE = {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}


def of(required: str = "", **properties: Any) -> dict[str, Any]:
    """
    Write an object schema.
    """
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required.split()} if required else schema


def many(item: Any = "ITEM") -> dict[str, Any]:
    """
    Write an array schema.
    """
    return {"type": "array", "items": item}


STYLES: dict[str, Style] = {
    "stripe": Style(
        "/v1/customers",
        "/v1/customers/{customer}",
        {"id": TEXT, "object": {"type": "string", "enum": ["customer"]}, "name": MAYBE, "metadata": {"type": "object"}},
        of(
            "data has_more object url",
            data=many(),
            has_more=BOOL,
            object={"type": "string", "enum": ["list"]},
            url=TEXT,
        ),
        ("last id", "starting_after", "has_more"),
        inputs={"limit": SIZE, "starting_after": TEXT, "ending_before": TEXT},
        change="POST",
        media_type=FORM,
        name=("customer", TEXT),
    ),
    "github": Style(
        "/repos/{owner}/{repo}/issues",
        "/repos/{owner}/{repo}/issues/{issue_number}",
        {"id": INT, "number": INT, "title": TEXT, "url": URI, "state": TEXT},
        many(),
        ("link",),
        inputs={"per_page": {"type": "integer", "default": 30}, "page": {"type": "integer", "default": 1}},
        name=("issue_number", INT),
        size="per_page",
        id=("number",),
        field="title",
    ),
    "shopify": Style(
        "/admin/api/products.json",
        "/admin/api/products/{product_id}.json",
        {"id": INT, "title": TEXT, "created_at": {"type": "string", "format": "date-time"}},
        of(products=many()),
        ("last id", "since_id", ""),
        shown=of(product="ITEM"),
        inputs={"limit": SIZE, "since_id": INT},
        change="PUT",
        name=("product_id", INT),
        field="title",
    ),
    "zendesk": Style(
        "/api/v2/tickets",
        "/api/v2/tickets/{ticket_id}",
        {"id": INT, "subject": TEXT, "url": TEXT},
        of(tickets=many(), next_page={"type": ["string", "null"], "format": "uri"}, previous_page=MAYBE, count=INT),
        ("address", "next_page"),
        shown=of(ticket="ITEM"),
        inputs={"page": INT, "per_page": SIZE},
        change="PUT",
        name=("ticket_id", INT),
        size="per_page",
        field="subject",
    ),
    "twilio": Style(
        "/2010-04-01/Accounts/{AccountSid}/Messages.json",
        "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json",
        {"sid": {"type": "string", "pattern": "^SM[0-9a-f]{32}$"}, "body": TEXT, "uri": TEXT},
        of(messages=many(), next_page_uri={**MAYBE, "example": "/2010?Page=1"}, page=INT, page_size=INT, uri=TEXT),
        ("address", "next_page_uri"),
        inputs={"PageSize": SIZE, "Page": {"type": "integer", "minimum": 0}, "PageToken": TEXT},
        change="POST",
        media_type=FORM,
        name=("Sid", {"type": "string", "pattern": "^SM[0-9a-f]{32}$"}),
        size="PageSize",
        id=("sid",),
        field="body",
    ),
    "slack": Style(
        "/conversations",
        "/conversations/{channel}",
        {"id": TEXT, "name": TEXT},
        of("ok channels", ok=BOOL, channels=many(), response_metadata=of("next_cursor", next_cursor=TEXT)),
        ("token", "cursor", "response_metadata.next_cursor"),
        shown=of("ok channel", ok={"type": "boolean", "enum": [True]}, channel="ITEM"),
        taken="ITEM",
        inputs={"limit": SIZE, "cursor": TEXT},
        name=("channel", TEXT),
    ),
    "json:api": Style(
        "/articles",
        "/articles/{id}",
        {"type": TEXT, "id": TEXT, "attributes": of(title=TEXT)},
        of("data", data=many(), links=of(self=URI, next={"type": ["string", "null"], "format": "uri"}, prev=MAYBE)),
        ("address", "links.next"),
        shown=of("data", data="ITEM"),
        inputs={"page[number]": INT, "page[size]": SIZE},
        size="page[size]",
        field="attributes.title",
    ),
    "odata": Style(
        "/People",
        "/People('{UserName}')",
        {"UserName": TEXT, "FirstName": TEXT},
        of("value", **{"@odata.context": TEXT, "@odata.count": INT, "@odata.nextLink": URI, "value": many()}),
        ("address", "@odata.nextLink"),
        inputs={"$top": SIZE, "$skip": INT},
        name=("UserName", TEXT),
        size="$top",
        id=("UserName",),
        field="FirstName",
    ),
    "notion": Style(
        "/v1/pages",
        "/v1/pages/{page_id}",
        {"id": {"type": "string", "format": "uuid"}, "object": TEXT, "title": TEXT},
        of("results has_more next_cursor", results=many(), has_more=BOOL, next_cursor=MAYBE),
        ("token", "start_cursor", "next_cursor"),
        name=("page_id", {"type": "string", "format": "uuid"}),
        size="page_size",
        field="title",
        listing=("POST", "/v1/pages/search"),
    ),
    "square": Style(
        "/v2/customers",
        "/v2/customers/{customer_id}",
        {"id": TEXT, "given_name": TEXT},
        of(customers=many(), cursor=TEXT, errors=many(of(code=TEXT))),
        ("token", "cursor", "cursor"),
        shown=of(customer="ITEM", errors=many(of(code=TEXT))),
        taken="ITEM",
        inputs={"cursor": TEXT, "limit": SIZE},
        change="PUT",
        name=("customer_id", TEXT),
        field="given_name",
    ),
    "xero": Style(
        "/Contacts",
        "/Contacts/{ContactID}",
        {"ContactID": {"type": "string", "format": "uuid"}, "Name": TEXT},
        of(Contacts=many()),
        ("number", "page"),
        shown=of(Contacts=many()),
        inputs={"page": INT, "pageSize": SIZE},
        change="POST",
        name=("ContactID", {"type": "string", "format": "uuid"}),
        size="pageSize",
        id=("ContactID",),
        field="Name",
    ),
    "jira": Style(
        "/rest/api/3/filter",
        "/rest/api/3/filter/{filterKey}",
        {"id": TEXT, "key": TEXT, "self": URI, "name": TEXT},
        of(startAt=INT, maxResults=INT, total=INT, isLast=BOOL, values=many()),
        ("offset", "startAt", "isLast"),
        inputs={"startAt": INT, "maxResults": SIZE},
        change="PUT",
        name=("filterKey", TEXT),
        size="maxResults",
        id=("key",),
    ),
    "hubspot": Style(
        "/crm/v3/objects/contacts",
        "/crm/v3/objects/contacts/{contactId}",
        {"id": TEXT, "properties": of(email=TEXT), "archived": BOOL},
        of("results", results=many(), paging=of(next=of("after", after=TEXT, link=TEXT))),
        ("token", "after", "paging.next.after"),
        inputs={"limit": SIZE, "after": TEXT},
        name=("contactId", TEXT),
        field="properties.email",
    ),
    "google": Style(
        "/v1/projects/{project}/topics",
        "/v1/projects/{project}/topics/{topic}",
        {"name": TEXT, "label": TEXT},
        of(topics=many(), nextPageToken=TEXT),
        ("token", "pageToken", "nextPageToken"),
        inputs={"pageSize": SIZE, "pageToken": TEXT},
        name=("topic", TEXT),
        size="pageSize",
        id=("name",),
        field="label",
    ),
    "alfresco": Style(
        "/sites",
        "/sites/{siteId}",
        {"id": TEXT, "title": TEXT},
        of(
            list=of(
                pagination=of(count=INT, hasMoreItems=BOOL, totalItems=INT, skipCount=INT, maxItems=INT),
                entries=many(of("entry", entry="ITEM")),
            )
        ),
        ("offset", "skipCount", ""),
        shown=of("entry", entry="ITEM"),
        taken="ITEM",
        inputs={"skipCount": INT, "maxItems": SIZE},
        change="PUT",
        name=("siteId", TEXT),
        size="maxItems",
        field="title",
    ),
    "spring": Style(
        "/api/orders",
        "/api/orders/{id}",
        {"id": INT, "note": TEXT},
        of(content=many(), number=INT, size=INT, totalElements=INT, totalPages=INT, first=BOOL, last=BOOL),
        ("number", "page", "last"),
        inputs={"page": {"type": "integer", "minimum": 0, "default": 0}, "size": SIZE},
        change="PUT",
        name=("id", INT),
        size="size",
        field="note",
    ),
    "django": Style(
        "/snippets/",
        "/snippets/{id}/",
        {"id": INT, "code": TEXT, "url": URI},
        of("count results", count=INT, next={**MAYBE, "format": "uri"}, previous=MAYBE, results=many()),
        ("address", "next"),
        inputs={"limit": INT, "offset": INT},
        name=("id", INT),
        field="code",
    ),
    "kubernetes": Style(
        "/api/v1/namespaces/{namespace}/configmaps",
        "/api/v1/namespaces/{namespace}/configmaps/{name}",
        {"kind": TEXT, "metadata": of(name=TEXT, uid=TEXT), "data": {"type": "object"}, "note": TEXT},
        of("items", kind=TEXT, items=many(), metadata={**of(), "properties": {"continue": TEXT}}),
        ("token", "continue", "metadata.continue"),
        inputs={"limit": INT, "continue": TEXT},
        name=("name", TEXT),
        id=("metadata", "name"),
        field="note",
    ),
    "scim": Style(
        "/scim/v2/Users",
        "/scim/v2/Users/{id}",
        {"id": TEXT, "userName": TEXT, "schemas": many(TEXT)},
        of(
            "Resources totalResults",
            schemas=many(TEXT),
            totalResults=INT,
            startIndex=INT,
            itemsPerPage=INT,
            Resources=many(),
        ),
        ("offset from 1", "startIndex", ""),
        inputs={"startIndex": {"type": "integer", "minimum": 1}, "count": SIZE},
        change="PUT",
        size="count",
        field="userName",
    ),
    "laravel": Style(
        "/posts",
        "/posts/{post}",
        {"id": INT, "title": TEXT},
        of(
            data=many(), links=of(first=MAYBE, last=MAYBE, prev=MAYBE, next=MAYBE), meta=of(current_page=INT, total=INT)
        ),
        ("address", "links.next"),
        shown=of(data="ITEM"),
        taken="ITEM",
        inputs={"page": INT, "per_page": SIZE},
        change="PUT",
        name=("post", INT),
        size="per_page",
        field="title",
    ),
}


def document(style: Style) -> dict[str, Any]:
    """
    Write the contract of a style.
    """
    item = {"$ref": "#/components/schemas/Item"}
    made = _put(style.shown if style.taken is None else style.taken, {"$ref": "#/components/schemas/Sent"})
    body = {"requestBody": {"required": True, "content": {style.media_type: {"schema": made}}}}
    one = _answer(_put(style.shown, item))
    names = [part[1:-1] for part in style.collection.replace(".json", "").split("/") if part.startswith("{")]
    parents = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]
    query = [{"name": name, "in": "query", "schema": schema} for name, schema in style.inputs.items()]
    listing: dict[str, Any] = {"parameters": query, "responses": {"200": _answer(_put(style.listed, item))}}
    own = {"name": style.name[0], "in": "path", "required": True, "schema": style.name[1]}
    error = {"404": {"description": "no", "content": {JSON: {"schema": of("error", error=of(message=TEXT))}}}}
    path: dict[str, Any] = {
        "parameters": parents,
        "post": {"operationId": "make", **body, "responses": {"201": one}},
    }
    paths: dict[str, Any] = {
        style.collection: path,
        style.item: {
            "parameters": [*parents, own],
            "get": {"operationId": "read", "responses": {"200": one, **error}},
            style.change.lower(): {"operationId": "change", **body, "responses": {"200": one, **error}},
            "delete": {"operationId": "remove", "responses": {"204": {"description": "gone"}, **error}},
        },
    }
    if style.listing[0] == "GET":
        path["get"] = {"operationId": "list", **listing}
    else:
        asked = of(page_size=SIZE, start_cursor=TEXT, query=TEXT)
        searched = {"operationId": "list", "requestBody": {"content": {JSON: {"schema": asked}}}}
        paths[style.listing[1]] = {"post": {**searched, "responses": listing["responses"]}}
    sent = {name: schema for name, schema in style.properties.items() if name not in {*style.id[:1], "url", "self"}}
    if len(style.id) > 1:
        sent[style.id[0]] = style.properties[style.id[0]]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Style", "version": "1"},
        "servers": [{"url": "https://api.example.com"}],
        "paths": paths,
        "components": {"schemas": {"Item": of(style.id[0], **style.properties), "Sent": of(**sent)}},
    }


def _put(shape: Any, item: Any) -> Any:
    if shape == "ITEM":
        return item
    if isinstance(shape, dict):
        return {name: _put(part, item) for name, part in shape.items()}
    return [_put(part, item) for part in shape] if isinstance(shape, list) else shape


def _answer(schema: Any) -> dict[str, Any]:
    return {"description": "an answer", "content": {JSON: {"schema": schema}}}
