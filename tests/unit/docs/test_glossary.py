"""
One word, one meaning: what our public names are made of stands in the glossary, in both languages, and stands once.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections import defaultdict

import pytest

from tests.unit.docs._samples import ROOT

PACKAGES = [
    *("aegis_contracts", "aegis_contracts.exchange", "aegis_contracts.instances", "aegis_contracts.events"),
    *("aegis_contracts.compatibility", "aegis_runtime", "aegis_runtime.errors"),
    *("aegis_sdk", "aegis_sdk.events", "aegis_sdk.events.outbox", "aegis_sdk.health", "aegis_sdk.metrics"),
    *("aegis_sdk.resilience", "aegis_sdk.provider", "aegis_sdk.email", "aegis_sdk.batch", "aegis_mockserver"),
    *("aegis_testing", "aegis_verifier", "aegis_codegen", "aegis_contracts.json_pointer", "aegis_contracts.lint"),
    *("aegis_sdk.clients", "aegis_sdk.email.outbox", "aegis_sdk.provider.database", "aegis_sdk.provider.stores"),
    *("aegis_sdk.events.dedupe", "aegis_sdk.events.dead_letters", "aegis_testing.recorders"),
]
PLAIN = {
    # Words that mean in our names what they mean to every reader of Python, HTTP or SQL.
    "adapter", "allowed", "app", "attempts", "body", "bytes", "checker", "client", "comparer", "count", "data",
    "database", "date", "decoder", "direction", "document", "driver", "element", "encoder", "enum", "event", "field",
    "file", "form", "format", "generator", "info", "item", "items", "keys", "limits", "mail", "maker", "match",
    "member", "message", "metrics", "model", "names", "node", "none", "number", "pager", "policy", "progress",
    "published", "reading", "run", "scheme", "slice", "spec", "state", "stats", "store", "summary", "tests", "time",
    "timeout", "tls", "transaction", "type", "union", "uuid",
}  # fmt: skip
PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")
SAME_WORD = {
    # Neighbours that may not import each other say the same of the same thing.
    "Request", "Response", "Problem", "Violation", "Event", "Outcome", "Record", "errors", "generate",
}  # fmt: skip


def public() -> dict[str, dict[int, str]]:
    """
    Return every public name with the objects that it stands for, and a package of each.
    """
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            found[name][id(getattr(module, name))] = package
    return found


def words(language: str) -> set[str]:
    """
    Return the words that the glossary of a language explains, in English and in lower case.
    """
    text = (ROOT / "docs" / language / "glossary.md").read_text(encoding="utf-8")
    heads = re.findall(r"^\*\*(.+?)\*\* \((.+?)\)", text, re.MULTILINE)
    named = [english if language == "en" else other for english, other in heads]
    return {word.strip().lower() for name in named for word in re.split(r"[,\s]+", name)}


def classes() -> list[tuple[str, str]]:
    """
    Return the last word of each public class, with the class's name.
    """
    found = []
    for name, objects in public().items():
        module = importlib.import_module(next(iter(objects.values())))
        made = getattr(module, name)
        if inspect.isclass(made) and not issubclass(made, BaseException) and not _of_the_contract(made):
            found.append((PARTS.findall(name)[-1].lower(), name))
    return sorted(found)


def _of_the_contract(made: type) -> bool:
    return "_generated" in made.__module__


def test_public_classes_are_named_by_words_of_the_glossary() -> None:
    """
    Who meets a public class finds its noun in the glossary, or knows it from Python and HTTP.
    """
    known = words("en") | PLAIN
    unknown = {name for word, name in classes() if word not in known and word.removesuffix("s") not in known}
    assert not unknown, f"no word of the glossary: {sorted(unknown)}"


def test_glossary_says_the_same_in_both_languages() -> None:
    """
    Each word that the English glossary explains is explained in Korean too.
    """
    assert words("en") == words("ko")


def test_words_stand_once() -> None:
    """
    The glossary gives no word two meanings.
    """
    text = (ROOT / "docs" / "en" / "glossary.md").read_text(encoding="utf-8")
    heads = [head.lower() for head in re.findall(r"^\*\*(.+?)\*\*", text, re.MULTILINE)]
    assert len(heads) == len(set(heads))


@pytest.mark.parametrize("name", sorted(public()))
def test_a_public_name_stands_for_one_thing(name: str) -> None:
    """
    A public name is one thing, whichever package of ours it is imported from.
    """
    objects = public()[name]
    assert len(objects) == 1 or name in SAME_WORD, f"{name} is {len(objects)} things: {sorted(objects.values())}"
