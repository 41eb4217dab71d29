"""
Plain words for text and names that nothing else describes.
"""

# ruff: noqa: E501 (a table reads better in wide lines)

from __future__ import annotations

from typing import Final

WORDS: Final = (
    "alpha", "bright", "calm", "delta", "early", "field", "garden", "harbor", "island", "journey", "kind", "light", "morning", "north",
    "open", "paper", "quiet", "river", "summer", "tower", "urban", "valley", "winter", "yellow", "zenith", "basic", "central", "daily",
)  # fmt: skip
NOUNS: Final = (
    "report", "service", "project", "order", "notice", "record", "message", "summary", "request", "account", "plan", "guide",
)  # fmt: skip
PATHS: Final = ("items", "files", "images", "pages", "docs", "news", "users", "orders")
KEYS: Final = ("channel", "source", "region", "campaign", "team", "priority", "stage", "locale", "group", "version")
