"""
Anthropic: a key in a header of its own, named events, batches that are cancelled.
"""

from __future__ import annotations

import anthropic


class Calls:
    """
    Messages, their events, and batches of them.
    """

    def __init__(self, url: str) -> None:
        self.api = anthropic.Anthropic(api_key="sk-ant-test", base_url=url, max_retries=0).messages
        self.asked = {"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}

    def create(self, text: str) -> str:
        return self.api.batches.create(requests=[{"custom_id": "one", "params": self.asked}]).id

    def read(self, key: str) -> str:
        found = self.api.batches.retrieve(key)
        assert (found.id, found.type) == (key, "message_batch")
        return "first"

    def act(self, key: str) -> str:
        assert self.api.batches.cancel(key).id == key
        return self.read(key)

    def walk(self, size: int) -> list[str]:
        return [each.id for each in self.api.batches.list(limit=size)]

    def delete(self, key: str) -> None:
        self.api.batches.delete(key)

    def refuse(self) -> None:
        self.api.create(**{**self.asked, "max_tokens": 0})

    def ask(self) -> str:
        assert (
            self.api.count_tokens(model="claude-sonnet-4-5", messages=self.asked["messages"]).input_tokens is not None
        )
        return self.api.create(**self.asked).role

    def stream(self) -> list[str]:
        return [event.type for event in self.api.create(**self.asked, stream=True)]
