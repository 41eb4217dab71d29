"""
The vocabulary itself: hints by name, and the formats that name people and places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from aegis_contracts.instances.words import Context, Format, Hint, Hints, day, instant, letters
from aegis_korea._hints import likelihood, number_hint, text_hints
from aegis_korea._names import PLACES, email, person

# Names of moments in Korean, and the word that says the same where dates are made.
_MOMENTS: Final = {"생년월일": "birth", "설립일": "founded", "개업일": "founded"}


def _instant(context: Context, tokens: tuple[str, ...], _low: int) -> str:
    return instant(context, _meant(tokens))


def _day(context: Context, tokens: tuple[str, ...], _low: int) -> str:
    return day(context, _meant(tokens))


def _meant(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_MOMENTS.get(token, token) for token in tokens)


def _idn_email(context: Context, tokens: tuple[str, ...], low: int) -> str:
    family, given, _, _ = person(context)
    text = f"{family}{given}{letters(context, max(0, low - 15))}@example.com"
    return text if len(text) >= low else email(context, tokens, low)


def _iri(context: Context, _tokens: tuple[str, ...], low: int) -> str:
    text = f"https://example.com/{context.pick(PLACES)[0]}/{letters(context, 6)}"
    return text + letters(context, max(0, low - len(text)))


def _uri_query(context: Context, _tokens: tuple[str, ...], _low: int) -> str:
    return f"q={quote(context.pick(PLACES)[0])}"


class Korean:
    """
    What names say in Korea, in Korean and in English.
    """

    formats: Mapping[str, Format] = {
        "date": _day,
        "date-time": _instant,
        "email": email,
        "idn-email": _idn_email,
        "iri": _iri,
        "query": _uri_query,
    }

    def text(self, name: str, label: str) -> Hints:
        """
        Makers of text for a property called *name* of something called *label*, the likeliest form first.
        """
        return text_hints(name, label)

    def number(self, name: str) -> Hint | None:
        """
        A maker of numbers for a property called *name*.
        """
        return number_hint(name)

    def likelihood(self, name: str) -> float:
        """
        How likely a flag called *name* is set.
        """
        return likelihood(name)


KOREAN: Final = Korean()
