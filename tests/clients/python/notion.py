"""
Notion: members inside ``properties``, changes by PATCH, errors with a code.
"""

from __future__ import annotations

from typing import Any

import notion_client

SOURCE = "d9824bdc-8445-4327-be8b-5b47500af6ce"


class Calls:
    """
    Pages of a data source.
    """

    def __init__(self, url: str) -> None:
        self.api = notion_client.Client(auth="secret", base_url=url)

    def create(self, text: str) -> str:
        return self.api.pages.create(parent={"data_source_id": SOURCE}, properties=_title(text))["id"]

    def read(self, key: str) -> str:
        return self.api.pages.retrieve(key)["properties"]["Name"]["title"][0]["text"]["content"]

    def update(self, key: str, text: str) -> None:
        assert self.api.pages.update(key, properties=_title(text))["id"] == key

    def refuse(self) -> None:
        self.api.pages.create(parent={"type": "nobody"}, properties=_title("first"))


def _title(text: str) -> dict[str, Any]:
    return {"Name": {"title": [{"text": {"content": text}}]}}
