"""
Meilisearch: a search is a POST that makes nothing.
"""

from __future__ import annotations

import meilisearch


class Calls:
    """
    Searches.
    """

    def __init__(self, url: str) -> None:
        self.index = meilisearch.Client(url, "key").index("movies")

    def ask(self) -> list[object]:
        return self.index.search("first")["hits"]

    def refuse(self) -> None:
        self.index.search("first", {"limit": "many"})
