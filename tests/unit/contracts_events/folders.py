"""
Folders of event contracts for tests, written from plain data.
"""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"

ENVELOPE: dict[str, Any] = {
    "$schema": DIALECT,
    "$id": "https://shop.example.com/envelope.v1.json",
    "title": "Envelope",
    "description": "What every event carries.",
    "type": "object",
    "properties": {
        "id": {"type": "string", "maxLength": 40, "pattern": "^[a-z0-9-]+$", "x-write-default": "$uuid"},
        "kind": {"type": "string", "maxLength": 40, "pattern": "^[A-Z][A-Za-z]*$"},
        "major": {"type": "integer", "minimum": 1, "x-read-default": 1},
        "at": {
            "type": "string",
            "maxLength": 35,
            "format": "date-time",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?Z$",
            "x-write-default": "$now",
        },
        "data": {"type": "object"},
    },
    "required": ["id", "kind", "major", "at", "data"],
}

ORDER: dict[str, Any] = {
    "$schema": DIALECT,
    "$id": "https://shop.example.com/order.placed.v1.json",
    "title": "OrderPlaced",
    "description": "An order was placed.",
    "allOf": [{"$ref": "envelope.v1.json"}],
    "properties": {
        "kind": {"const": "OrderPlaced"},
        "major": {"const": 1},
        "data": {
            "type": "object",
            "description": "The order.",
            "properties": {
                "orderId": {"type": "string", "maxLength": 20, "pattern": "^o-[0-9]+$", "description": "The order."},
                "buyer": {"type": "string", "maxLength": 50, "x-sensitive": "personal", "description": "Who buys."},
                "lines": {
                    "type": "array",
                    "maxItems": 50,
                    "items": {
                        "type": "object",
                        "properties": {
                            "sku": {"type": "string", "maxLength": 20},
                            "count": {"type": "integer", "minimum": 1},
                            "gift-wrap": {"type": "boolean"},
                        },
                        "required": ["sku", "count"],
                    },
                },
                "total": {"type": "number", "minimum": 0},
                "currency": {"enum": ["KRW", "USD"]},
                "note": {"type": "string", "maxLength": 200},
            },
            "required": ["orderId", "buyer", "lines", "currency"],
        },
    },
}

ASYNCAPI: dict[str, Any] = {
    "asyncapi": "3.0.0",
    "info": {"title": "Shop events", "version": "1.0.0"},
    "defaultContentType": "application/json",
    "channels": {
        "orders": {
            "address": "shop.orders.v1",
            "description": "Orders.",
            "messages": {
                "OrderPlaced": {
                    "payload": {"$ref": "./order.placed.v1.json"},
                    "x-key": "$message.payload#/data/orderId",
                    "bindings": {"kafka": {"key": {"type": "string"}}},
                }
            },
            "bindings": {
                "kafka": {"partitions": 6, "replicas": 2, "topicConfiguration": {"retention.ms": 3600000}},
            },
        }
    },
    "operations": {
        "sendOrders": {
            "action": "send",
            "channel": {"$ref": "#/channels/orders"},
            "messages": [{"$ref": "#/channels/orders/messages/OrderPlaced"}],
        }
    },
}

PLACED: dict[str, Any] = {
    "id": "a-1",
    "kind": "OrderPlaced",
    "major": 1,
    "at": "2026-03-02T00:30:00Z",
    "data": {"orderId": "o-1", "buyer": "김서연", "lines": [{"sku": "x", "count": 1}], "currency": "KRW"},
}


def shop() -> dict[str, Any]:
    """
    A small foreign contract, as the files of its folder.
    """
    return deepcopy({"asyncapi.json": ASYNCAPI, "envelope.v1.json": ENVELOPE, "order.placed.v1.json": ORDER})


def newer(version: int = 2) -> dict[str, Any]:
    """
    The next version of OrderPlaced: the currency has gone, a channel is required.
    """
    schema = deepcopy(ORDER)
    schema["$id"] = f"https://shop.example.com/order.placed.v{version}.json"
    schema["properties"]["major"]["const"] = version
    data = schema["properties"]["data"]
    del data["properties"]["currency"]
    data["properties"]["channel"] = {"enum": ["web", "app"]}
    data["required"] = ["orderId", "buyer", "lines", "channel"]
    return schema


def write(folder: Path, files: dict[str, Any]) -> Path:
    """
    Write *files* into *folder*; text as it is, data as JSON.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=2)
        path.write_text(text, encoding="utf-8")
    return folder
