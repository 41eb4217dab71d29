"""
What a property's name says about its value.

A hint is only a proposal, used where the schema admits its value.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from aegis_contracts.instances.words import Context, Hint, Hints, letters, uuid, words
from aegis_korea import _names as korea
from aegis_korea import _texts as texts
from aegis_korea._tables import (
    COMPANY,
    FLAGS,
    NUMBERS,
    PERSON_NAME,
    TEXT,
    TITLE,
    epoch,
    one_of,
    slug,
)

_PEOPLE: Final = frozenset(
    [
        "user",
        "person",
        "member",
        "customer",
        "owner",
        "author",
        "contact",
        "employee",
        "assignee",
        "creator",
        "admin",
        "manager",
        "representative",
        "recipient",
    ]
)
_COMPANIES: Final = frozenset(
    [
        "company",
        "business",
        "organization",
        "organisation",
        "store",
        "shop",
        "merchant",
        "vendor",
        "seller",
        "supplier",
        "corporation",
        "employer",
        "brand",
    ]
)
_GOODS: Final = frozenset(["product", "item", "goods"])
_TITLED: Final = frozenset(
    [
        "policy",
        "program",
        "programme",
        "project",
        "event",
        "notice",
        "campaign",
        "plan",
        "document",
        "repository",
        "team",
        "group",
        "file",
        "report",
    ]
)


@lru_cache(maxsize=16384)
def text_hints(name: str, label: str) -> Hints:
    """
    Makers of text for a property called *name* of something called *label*, the likeliest form first.
    """
    found = words(name)
    if not found:
        return ()
    last = found[-1]
    whose = found[-2] if len(found) > 1 else (words(label) or ("",))[-1]
    hints = TEXT.get("_".join(found)) if len(found) > 1 else None
    if hints is not None:
        return hints
    if last == "id":
        return (
            lambda context: f"{whose}_{letters(context, 12)}" if whose else letters(context, 16),
            uuid,
            _number_text,
        )
    if last in ("name", "title"):
        if whose in _COMPANIES:
            return COMPANY
        if whose in _GOODS:
            return (one_of(texts.PRODUCTS), slug)
        if whose in _TITLED or last == "title":
            return (one_of(korea.POLICIES), *TITLE) if whose in ("policy", "program", "programme") else TITLE
        if last == "name" and len(found) == 1 and whose and whose not in _PEOPLE:
            return (slug, *PERSON_NAME)
    for start in range(len(found)):
        hints = TEXT.get("_".join(found[start:]))
        if hints is not None:
            return hints
    return ()


def _number_text(context: Context) -> str:
    return str(context.between(1000, 999_999))


@lru_cache(maxsize=16384)
def number_hint(name: str) -> Hint | None:
    """
    A maker of numbers for a property called *name*.
    """
    found = words(name)
    for start in range(len(found)):
        hint = NUMBERS.get("_".join(found[start:]))
        if hint is not None:
            return epoch(*found) if found[-1] in ("at", "timestamp") else hint
    if found and found[0] in ("created", "updated", "expires", "modified"):
        return NUMBERS[found[0]]
    if found and found[0] in ("total", "count", "num"):
        return NUMBERS["count"]
    return None


@lru_cache(maxsize=4096)
def likelihood(name: str) -> float:
    """
    How likely a flag called *name* is set.
    """
    return next((FLAGS[word] for word in reversed(words(name)) if word in FLAGS), 0.5)
