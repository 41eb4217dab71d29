"""
Words come from a vocabulary that somebody above registered; the engine knows no language.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from aegis_contracts.instances import Generator
from aegis_contracts.instances.words import Context, Format, Plain, register, vocabulary

ROOT = Path(__file__).parents[3]
PERSON = {
    "type": "object",
    "required": ["name", "email", "age", "active"],
    "properties": {
        "name": {"type": "string"},
        "email": {"type": "string", "format": "email"},
        "age": {"type": "integer"},
        "active": {"type": "boolean"},
    },
}


class Pirates(Plain):
    """
    A vocabulary of one's own.
    """

    @staticmethod
    def _email(context: Context, _tokens: tuple[str, ...], _low: int) -> str:
        return f"{context.pick(('anne', 'mary'))}@ship.example"

    formats: Mapping[str, Format] = {"email": _email}

    def text(self, name: str, label: str):
        """
        Propose names.
        """
        return ((lambda _: "Anne Bonny"),) if name == "name" else ()

    def number(self, name: str):
        """
        Propose ages.
        """
        return (lambda _: 27) if name == "age" else None

    def likelihood(self, name: str) -> float:
        """
        Always yes.
        """
        return 1.0


@pytest.fixture
def _restored() -> Iterator[None]:
    yield
    register(None)


def test_our_vocabulary_is_found_by_its_entry_point() -> None:
    """
    Without a word from anybody, names are Korean: the distribution brings its vocabulary by an entry point.
    """
    name = Generator(PERSON).generate("seed")["name"]
    assert re.search("[가-힣]", name), name
    assert type(vocabulary()).__module__.startswith("aegis_korea")


@pytest.mark.usefixtures("_restored")
def test_a_vocabulary_of_ones_own() -> None:
    """
    A registered vocabulary speaks for names, numbers, flags and formats.
    """
    register(Pirates())
    value = Generator(PERSON).generate("seed")
    assert value["name"] == "Anne Bonny"
    assert value["email"].endswith("@ship.example")
    assert (value["age"], value["active"]) == (27, True)


@pytest.mark.usefixtures("_restored")
def test_without_words_values_are_plain_and_valid() -> None:
    """
    The engine alone makes valid values, the same for the same seed.
    """
    register(Plain())
    generator = Generator(PERSON)
    value = generator.generate("seed")
    assert generator.is_valid(value)
    assert value == Generator(PERSON).generate("seed")
    assert value["name"].isascii()


def test_the_engine_knows_no_korean() -> None:
    """
    No Hangul stands in the ground floor's engine, and it imports no vocabulary.
    """
    folder = ROOT / "sdk" / "aegis_contracts" / "instances"
    files = [path for path in folder.rglob("*.py") if path.parent.name != "patterns"]  # alphabets of ``\\w``
    assert [path.name for path in files if re.search("[가-힣]", path.read_text(encoding="utf-8"))] == []
    code = "import sys, aegis_contracts.instances; sys.exit('aegis_korea' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
