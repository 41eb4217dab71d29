"""
One word, one meaning: what our public names are made of stands in the glossary, in both languages, and stands once.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tests.unit.docs._samples import ROOT

PACKAGES = [
    *("aegis_contracts", "aegis_contracts.exchange", "aegis_contracts.instances", "aegis_contracts.events"),
    *("aegis_contracts.compatibility", "aegis_runtime", "aegis_runtime.errors"),
    *("aegis_sdk", "aegis_sdk.events", "aegis_sdk.events.outbox", "aegis_sdk.health", "aegis_sdk.metrics"),
    *("aegis_sdk.resilience", "aegis_sdk.provider", "aegis_sdk.email", "aegis_sdk.batch", "aegis_mockserver"),
    *("aegis_testing", "aegis_verifier", "aegis_codegen", "aegis_contracts.json_pointer", "aegis_contracts.lint"),
    *("aegis_sdk.clients", "aegis_sdk.sms", "aegis_sdk.email.outbox", "aegis_sdk.provider.database"),
    *(
        "aegis_sdk.provider.stores",
        "aegis_sdk.events.dedupe",
        "aegis_sdk.events.dead_letters",
        "aegis_testing.recorders",
    ),
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
ROOMS = (
    *("aegis_contracts", "aegis_runtime", "aegis_codegen", "aegis_sdk", "aegis_verifier", "aegis_shell"),
    *("aegis_testing", "aegis_korea", "aegis_mockserver"),
)
MIRRORS = {"aegis_codegen.plan"}
"""Says of Python what the contract says of HTTP, in the same words."""
SAME_WORD = {
    # Neighbours that may not import each other say the same of the same thing.
    *("Request", "Response", "Problem", "Violation", "Event", "Outcome", "Record", "Exchange", "Transport", "Clock"),
    *("Inbox", "Journal", "Message", "Store", "Format", "Severity", "Finding", "errors"),
    # What is done to the things of its own package.
    *("generate", "parse", "register", "render", "resolve"),
}


def public(packages: Iterable[str] = PACKAGES) -> dict[str, dict[int, str]]:
    """
    Return every public name with the objects that it stands for, and a package of each.
    """
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for package in packages:
        module = importlib.import_module(package)
        for name in getattr(module, "__all__", ()):
            found[name].setdefault(id(getattr(module, name)), package)
    return found


def everywhere() -> Iterator[str]:
    """
    Name each module that a user may import from: those in whose path nothing is private.
    """
    for room in ROOMS:
        yield room
        for found in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}."):
            if "._" not in found.name and found.name not in MIRRORS:
                yield found.name


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
    found: list[tuple[str, str]] = []
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


def test_a_public_name_stands_for_one_thing() -> None:
    """
    A public name is one thing, whichever module of ours it is imported from; what each API says anew counts once.
    """
    apis = {f"aegis_sdk.{path.stem}" for path in (ROOT / "openapi").glob("*.yaml")}
    twice = {
        name: sorted(objects.values())
        for name, objects in public(everywhere()).items()
        if name not in SAME_WORD and len({"an API" if home in apis else home for home in objects.values()}) > 1
    }
    assert not twice
