"""
Words: what names say about values, and the text of formats.

What people and places are called is no part of it: a vocabulary says that, and ``register`` brings one.
"""

from __future__ import annotations

from aegis_contracts.instances._context import Context, mix
from aegis_contracts.instances.words._dates import day, instant, moment
from aegis_contracts.instances.words._formats import Format, base64_text, hostname, letters, uri, uuid
from aegis_contracts.instances.words._names import words
from aegis_contracts.instances.words._plain import NOUNS, WORDS
from aegis_contracts.instances.words._vocabulary import Hint, Hints, Plain, Vocabulary, register, vocabulary

__all__ = [
    "NOUNS",
    "WORDS",
    "Context",
    "Format",
    "Hint",
    "Hints",
    "Plain",
    "Vocabulary",
    "base64_text",
    "day",
    "hostname",
    "instant",
    "letters",
    "mix",
    "moment",
    "register",
    "uri",
    "uuid",
    "vocabulary",
    "words",
]
