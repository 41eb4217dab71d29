"""
A new kind of fault is one new file: nothing else needs a hand.
"""

from __future__ import annotations

from tests.changes.conftest import Repository

KIND = '''
"""
Send a byte too many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aegis_mockserver.world._steps import Send, Step
from aegis_mockserver.world.faults._kind import Effect, Kind, Member, Turn


@dataclass(frozen=True, slots=True)
class Garble(Kind):
    """
    The body is not what was promised.
    """

    NAME = "garble"
    TITLE = "Garble the body"
    MEMBERS = (Member("garble", "Garble", "true puts a hash in the place of the first byte", "flag", usual=True),)
    LEADS = ("garble",)
    ORDER = 5
    CHANCE = True
    SENT = True

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Garble:
        return cls()

    def strike(self, effect: Effect, turn: Turn) -> bool:
        if effect.ended or not effect.length:
            return False

        def garbled(steps: Iterator[Step]) -> Iterator[Step]:
            for step in steps:
                yield Send(b"#" + step.content[1:]) if isinstance(step, Send) else step

        effect.shapes.append(garbled)
        return True
'''
SCRIPT = """
import httpx
from aegis_mockserver import transport
from _reference_commands import faults

with httpx.Client(base_url="http://mock", transport=transport(), headers={"Authorization": "Bearer key"}) as client:
    added = client.post("/__mock__/faults", json={"operation": "getHealth", "garble": True, "error_rate": 1})
    assert added.status_code == 201, added.text
    assert client.get("/health").content.startswith(b"#")
    assert client.get("/__mock__/faults").json()["faults"][0]["calls"] == 1
    with_reset = client.post("/__mock__/faults", json={"garble": True, "reset": True})
    assert with_reset.status_code >= 400 and "must not stand with" in with_reset.text
    misspelt = client.post("/__mock__/faults", json={"garbel": True})
    assert "garble" in misspelt.text, misspelt.text
    assert "Garble the body" in client.get("/__mock__/faults/kinds").text
assert "in the place of the first byte" in "\\n".join(faults())
"""


def test_one_file_gives_a_kind_of_fault(repository: Repository) -> None:
    """
    After one more file in the folder of faults, control API, its form, did-you-mean and reference know the kind.
    """
    folder = repository.folder / "mockserver" / "aegis_mockserver" / "world" / "faults"
    (folder / "garble.py").write_text(KIND.lstrip("\n"), "utf-8")
    repository.run("-c", SCRIPT)
