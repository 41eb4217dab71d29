"""
OpenAI: completions and their streams, uploads in parts, pages by ``after``.
"""

from __future__ import annotations

import openai


class Calls:
    """
    Vector stores, files and chats.
    """

    def __init__(self, url: str) -> None:
        self.api = openai.OpenAI(api_key="sk-test", base_url=f"{url}/v1", max_retries=0)

    def create(self, text: str) -> str:
        made = self.api.vector_stores.create(name=text, metadata={"team": "이지스"})
        assert (made.name, made.metadata) == (text, {"team": "이지스"})
        return made.id

    def read(self, key: str) -> str:
        return self.api.vector_stores.retrieve(key).name

    def update(self, key: str, text: str) -> None:
        assert self.api.vector_stores.update(key, name=text).name == text

    def walk(self, size: int) -> list[str]:
        return [each.id for each in self.api.vector_stores.list(limit=size)]

    def delete(self, key: str) -> None:
        self.api.vector_stores.delete(key)

    def refuse(self) -> None:
        self.ask(temperature=3)

    def ask(self, **more: float) -> str:
        answer = self.api.chat.completions.create(
            model="gpt-5", messages=[{"role": "user", "content": "안녕하세요"}], **more
        )
        assert self.api.embeddings.create(model="text-embedding-3-small", input="안녕").data is not None
        return answer.choices[0].message.role

    def stream(self) -> list[str]:
        pieces = self.api.chat.completions.create(
            model="gpt-5", messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        return [piece.id for piece in pieces]

    def upload(self) -> str:
        made = self.api.files.create(file=("rows.jsonl", b'{"a": 1}\n'), purpose="fine-tune")
        assert (made.filename, made.purpose, self.api.files.retrieve(made.id).id) == (
            "rows.jsonl",
            "fine-tune",
            made.id,
        )
        return made.id
