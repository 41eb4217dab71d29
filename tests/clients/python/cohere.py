"""
Cohere: a stream whose events have a type, an item under its name, a data set in parts.
"""

from __future__ import annotations

import io

import cohere

QUESTION = [{"role": "user", "content": "안녕하세요"}]


class Calls:
    """
    Chats, connectors and data sets.
    """

    def __init__(self, url: str) -> None:
        self.api = cohere.ClientV2(api_key="key", base_url=url)

    def create(self, text: str) -> str:
        return self.api.connectors.create(name=text, url="https://connector.example.com/search").connector.id

    def read(self, key: str) -> str:
        return self.api.connectors.get(key).connector.name

    def update(self, key: str, text: str) -> None:
        assert self.api.connectors.update(key, name=text).connector.url == "https://connector.example.com/search"

    def walk(self, size: int) -> list[str]:
        keys: list[str] = []
        while True:
            page = self.api.connectors.list(limit=size, offset=len(keys))
            keys += [each.id for each in page.connectors]
            if len(keys) >= page.total_count:
                return keys

    def delete(self, key: str) -> None:
        self.api.connectors.delete(key)

    def refuse(self) -> None:
        self.api.chat(model="command-a", messages=QUESTION, temperature=3)

    def ask(self) -> str:
        return self.api.chat(model="command-a", messages=QUESTION).message.content[0].text

    def stream(self) -> list[str]:
        return [each.type for each in self.api.chat_stream(model="command-a", messages=QUESTION)]

    def upload(self) -> str:
        file = io.BytesIO(b'{"text": "first"}\n')
        file.name = "rows.jsonl"
        return self.api.datasets.create(name="rows", type="embed-input", data=file).id
