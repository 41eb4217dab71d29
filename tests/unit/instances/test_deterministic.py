"""
The same schema and seed make the same value: in another process, in another order, after other work.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from aegis_contracts.instances import Generator, generate

KEYWORDS: dict[str, Any] = json.loads((Path(__file__).parent / "keywords.json").read_text("utf-8"))
PROGRAM = """
import json, sys
from aegis_contracts.instances import generate
schemas = json.load(sys.stdin)
print(json.dumps([generate(schema, "seed") for schema in schemas.values()]))
"""


def test_every_process_makes_the_same() -> None:
    """
    Two processes with different hash seeds make the same values.
    """
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            input=json.dumps(KEYWORDS),
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {json.dumps([generate(schema, "seed") for schema in KEYWORDS.values()]) + "\n"}


def test_what_was_made_before_does_not_matter() -> None:
    """
    A generator that has made a hundred values makes the next one as a new generator would.
    """
    for schema in KEYWORDS.values():
        used = Generator(schema)
        before = [used.generate(str(seed)) for seed in range(30)]
        assert [Generator(schema).generate(str(seed)) for seed in range(30)] == before


def test_other_seeds_make_other_values() -> None:
    """
    Seeds differ in what they make, wherever there is a choice.
    """
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
    generator = Generator(schema)
    assert len({json.dumps(generator.generate(str(seed))) for seed in range(50)}) == 50


def test_a_new_property_leaves_the_others_alone() -> None:
    """
    A contract that grows by a property changes no other value of its mock.
    """
    properties: dict[str, Any] = {"id": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}}
    before = generate({"type": "object", "properties": properties}, "seed")
    after = generate({"type": "object", "properties": {"new": {"type": "integer"}, **properties}}, "seed")
    assert {key: value for key, value in after.items() if key != "new"} == before


def test_parts_of_one_document_share_their_analysis() -> None:
    """
    A generator for a part makes what a generator of its own would make.
    """
    document = {
        "$defs": {
            "Name": {"type": "string", "minLength": 3},
            "User": {"type": "object", "properties": {"name": {"$ref": "#/$defs/Name"}}},
        }
    }
    whole = Generator(document)
    assert whole.at("/$defs/User").generate("seed") == whole.at("#/$defs/User").generate("seed")
    assert whole.at("/$defs/User").is_valid({"name": "Kim"})
    assert not whole.at("/$defs/User").is_valid({"name": "K"})
