"""
Documents made for measuring the mock server: one small API with answers of some 2.9 KB, and one of many megabytes.

Run as a program it writes one: ``python mock_documents.py big 1200 13 > big.json``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

ARTICLE: dict[str, Any] = {
    "type": "object",
    "required": ["id", "title", "body", "author", "tags", "comments", "published"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "title": {"type": "string", "minLength": 1, "maxLength": 200},
        "body": {"type": "string", "maxLength": 10_000},
        "published": {"type": "boolean"},
        "author": {
            "type": "object",
            "required": ["name", "email"],
            "properties": {"name": {"type": "string"}, "email": {"type": "string", "format": "email"}},
        },
        "tags": {"type": "array", "maxItems": 20, "items": {"type": "string", "pattern": "^[a-z-]+$"}},
        "comments": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["by", "text", "at"],
                "properties": {
                    "by": {"type": "string"},
                    "text": {"type": "string"},
                    "at": {"type": "string", "format": "date-time"},
                },
            },
        },
    },
}


def article(number: int = 1) -> dict[str, Any]:
    """
    Return an article of some 2.9 KB.
    """
    comment = {"by": "김서연", "text": "소상공인 정책자금 신청 방법을 알려 주세요. " * 2, "at": "2026-11-22T05:20:31Z"}
    return {
        "id": number,
        "title": "소상공인 지원 정책 안내",
        "body": "The quick brown fox jumps over the lazy dog. " * 18,
        "published": True,
        "author": {"name": "이민준", "email": "minjun.lee@example.com"},
        "tags": ["policy", "support", "small-business"],
        "comments": [comment] * 9,
    }


def small() -> dict[str, Any]:
    """
    Return the small document: articles with GET and POST.
    """
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/Article"}, "example": article()}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    new = {key: value for key, value in ARTICLE["properties"].items() if key != "id"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Articles", "version": "1"},
        "paths": {
            "/articles": {
                "post": {
                    "operationId": "createArticle",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewArticle"}}},
                    },
                    "responses": {
                        "201": {"description": "made", "content": answer},
                        "400": {"description": "bad", "content": problem},
                    },
                }
            },
            "/articles/{id}": {
                "get": {
                    "operationId": "getArticle",
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
                    ],
                    "responses": {
                        "200": {"description": "found", "content": answer},
                        "400": {"description": "bad", "content": problem},
                        "404": {"description": "none", "content": problem},
                    },
                }
            },
        },
        "components": {
            "schemas": {
                "Article": ARTICLE,
                "NewArticle": {"type": "object", "required": ["title", "body"], "properties": new},
                "Problem": {
                    "type": "object",
                    "required": ["title", "status"],
                    "properties": {"title": {"type": "string"}, "status": {"type": "integer"}},
                },
            }
        },
    }


def big(operations: int, megabytes: float) -> dict[str, Any]:
    """
    Return a document of that size: descriptions and examples make its bulk, as in public documents.
    """
    schemas: dict[str, Any] = {"Leaf": {"type": "object", "properties": {"value": {"type": "string"}}}}
    paths: dict[str, Any] = {}
    share = int(megabytes * 1_000_000 / max(1, operations))
    for number in range(operations // 2):
        name = f"Thing{number}"
        schemas[name] = {
            "type": "object",
            "required": ["id", "name"],
            "properties": {
                "id": {"type": "integer"},
                "name": {"type": "string", "maxLength": 100},
                "leaf": {"$ref": "#/components/schemas/Leaf"},
                "next": {"$ref": f"#/components/schemas/Thing{(number + 1) % (operations // 2)}"},
                **{f"field_{i}": {"type": "string", "description": "What it means. " * 8} for i in range(12)},
            },
        }
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        filler = {"x-filler": "lorem ipsum " * max(0, (share * 2 - 3_000) // 12)}
        paths[f"/things{number}"] = {
            "post": {
                "operationId": f"createThing{number}",
                "requestBody": {"content": content},
                "responses": {"201": {"description": "made", "content": content}},
            }
        }
        paths[f"/things{number}/{{id}}"] = {
            "get": {
                "operationId": f"getThing{number}",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "found", "content": content}},
                **filler,
            }
        }
    return {
        "openapi": "3.0.3",
        "info": {"title": f"Big {operations}", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def collection() -> dict[str, Any]:
    """
    Return a small document with all that a store answers: items that are listed, filtered, made, read and replaced.
    """
    item = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string"},
            "tag": {"type": "string"},
        },
    }
    content = {"application/json": {"schema": item}}
    listed = {"application/json": {"schema": {"type": "array", "items": item}}}
    names = {"limit": "integer", "offset": "integer", "tag": "string"}
    query = [{"name": name, "in": "query", "schema": {"type": kind}} for name, kind in names.items()]
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Items", "version": "1"},
        "paths": {
            "/items": {
                "get": {"parameters": query, "responses": {"200": {"description": "ok", "content": listed}}},
                "post": {
                    "requestBody": {"content": content},
                    "responses": {"201": {"description": "made", "content": content}},
                },
            },
            "/items/{id}": {
                "parameters": [key],
                "get": {"responses": {"200": {"description": "ok", "content": content}}},
                "put": {
                    "requestBody": {"content": content},
                    "responses": {"200": {"description": "ok", "content": content}},
                },
            },
        },
    }


if __name__ == "__main__":
    which, *figures = sys.argv[1:]
    document = small() if which == "small" else big(int(figures[0]), float(figures[1]))
    sys.stdout.write(json.dumps(document, ensure_ascii=False))
