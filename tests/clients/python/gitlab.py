"""
GitLab: keys that count within their parent, pages by number with ``Link``.
"""

from __future__ import annotations

import io

import gitlab


class Calls:
    """
    Issues of a project.
    """

    def __init__(self, url: str) -> None:
        self.project = gitlab.Gitlab(url, private_token="glpat").projects.get(7, lazy=True)

    def create(self, text: str) -> int:
        made = self.project.issues.create({"title": text, "labels": ["bug"]})
        assert (made.title, made.labels) == (text, ["bug"])
        return made.iid

    def read(self, key: int) -> str:
        return self.project.issues.get(key).title

    def update(self, key: int, text: str) -> None:
        issue = self.project.issues.get(key)
        issue.title = text
        issue.save()
        assert issue.iid == key

    def walk(self, size: int) -> list[int]:
        pages = self.project.issues.list(iterator=True, per_page=size)
        keys = [each.iid for each in pages]
        assert (pages.total, pages.per_page) == (len(keys), size)
        return keys

    def delete(self, key: int) -> None:
        self.project.issues.delete(key)

    def refuse(self) -> None:
        self.project.issues.create({"title": "first", "issue_type": "novel"})

    def upload(self) -> str:
        return self.project.upload("evidence.txt", filedata=io.BytesIO(b"evidence").read())["markdown"]
